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

const SWAPPING = `
const fs = require('node:fs');
const [target, ...paths] = process.argv.slice(1);
console.log('begins');
for (;;) for (const path of paths) {
  try { fs.renameSync(path, path + '-away'); fs.symlinkSync(target, path); } catch {}
  try { fs.unlinkSync(path); } catch {}
  try { fs.renameSync(path + '-away', path); } catch {}
}`;

/**
 * Does the work while a process of that user puts a symlink to the target in the place of each directory, and the
 * directory back, as fast as it can.
 * @param cwd where that process is from its beginning on.
 */
export async function whileSwapping(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  paths: readonly string[],
  target: string,
  work: () => Promise<void>,
  cwd = '/',
): Promise<void> {
  const args = ['-e', SWAPPING, target, ...paths];
  const child = spawn(process.execPath, args, { uid, gid, cwd, stdio: ['ignore', 'pipe', 'inherit'] });
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
