import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { now } from './measure.ts';

/**
 * Runs a program to its end.
 * @returns when it was spawned and how long it took, by the monotonic clock in milliseconds
 * @throws Error if it fails
 */
export async function timed(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly begin: number; readonly took: number }> {
  const begin = now();
  const child = spawn(program, [...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text;
  });
  const [code] = await once(child, 'exit');
  const took = now() - begin;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${complaint}`);
  return { begin, took };
}
