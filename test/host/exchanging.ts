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
