import { spawn } from 'node:child_process';
import { once } from 'node:events';

const LOOP = `
const { renameSync } = require('node:fs');
const [path, other] = process.argv.slice(1);
console.log('begins');
for (;;) {
  renameSync(path, path + '-away');
  renameSync(other, path);
  renameSync(path, other);
  renameSync(path + '-away', path);
}`;

const SWAP_ONCE = `
const fs = require('node:fs');
const [path, target] = process.argv.slice(1);
const before = fs.statSync(path).mtimeMs;
console.log('begins');
while (fs.statSync(path).mtimeMs === before);
fs.renameSync(path, path + '-away');
fs.symlinkSync(target, path);`;

/**
 * Does the work while a process of that user waits for the first change in its directory, and then puts a symlink
 * to the target in its place.
 * @param path the directory, as that process sees it from `cwd`.
 */
export async function whileSwappingOnce(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  path: string,
  target: string,
  work: () => Promise<void>,
  cwd = '/',
): Promise<void> {
  const args = ['-e', SWAP_ONCE, path, target];
  const child = spawn(process.execPath, args, { uid, gid, cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  try {
    await work();
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Does the work while another process puts one thing in another's place, and back, as fast as it can. */
export async function whileExchanging(path: string, other: string, work: () => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, ['-e', LOOP, path, other], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  try {
    await work();
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
