import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SubjectName } from './hostile-subjects.ts';

const PROGRAM = join(import.meta.dirname, 'hostile-program.ts');
/** Linear time is some 0.1 s for a text of 1 MiB, quadratic time is minutes. */
const LONGEST = 20_000;

/**
 * Gives a subject every hostile text, in a process of its own: one that hangs is killed.
 * Fails where a text takes more than linear time, memory or stack.
 */
export async function readsHostileTexts(name: SubjectName): Promise<void> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM, name], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let last = '';
  let timer: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill('SIGKILL'), LONGEST);
  };
  alive();
  child.stdout.setEncoding('utf8').on('data', (lines: string) => {
    last = lines.trimEnd().split('\n').at(-1) ?? last;
    alive();
  });
  await once(child, 'close');
  clearTimeout(timer);
  expect({ last, stderr }, `it read ${last}`).toEqual({ last: 'end', stderr: '' });
}
