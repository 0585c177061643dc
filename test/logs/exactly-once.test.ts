import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { BEGIN, openLogs, tempDir } from '../support/logs.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/logs');
const KILLS = 20;

/** A control plane's logs in a process of their own; resolves when it has committed something new. */
async function follow(directory: string): Promise<ChildProcess> {
  const child = fork(join(FIXTURES, 'writer.ts'), [directory], { execArgv: ['--import', 'tsx'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [first] = (await once(child, 'message')) as [{ last: number }];
  for (;;) {
    const [message] = (await once(child, 'message')) as [{ last: number }];
    if (message.last > first.last) return child;
  }
}

test('20,000 lines a second through 20 kills of the control plane: each line once, from cursor to cursor', async () => {
  const directory = tempDir();
  const runDir = join(directory, 'runs', '1');
  mkdirSync(runDir, { recursive: true });
  const app = spawn(process.execPath, [join(FIXTURES, 'numbers.mjs'), '20000'], {
    stdio: ['ignore', openSync(join(runDir, 'stdout.log'), 'a'), openSync(join(runDir, 'stderr.log'), 'a')],
  });
  onTestFinished(() => void app.kill('SIGKILL'));

  let position = BEGIN;
  const texts = { STDOUT: [] as string[], STDERR: [] as string[], SUPERVISOR: [] as string[] };
  /** A client that goes on from its cursor, by way of a control plane that starts anew each time. */
  async function readOn(finish: boolean): Promise<void> {
    const logs = openLogs(directory);
    if (finish) {
      logs.open(1);
      await logs.runLogs.finish(1);
    }
    const read = await logs.drain(position);
    for (const item of read.items) {
      if ('gap' in item) throw new Error(`a gap: ${item.gap.reason}`);
      texts[item.entry.stream].push(item.entry.text);
    }
    position = read.position;
    await logs.end();
  }

  for (let kill = 0; kill < KILLS; kill++) {
    const child = await follow(directory);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await readOn(false);
  }
  app.kill('SIGTERM');
  await once(app, 'exit');
  await readOn(true);

  const count = texts.STDOUT.length + texts.STDERR.length;
  expect(count).toBeGreaterThan(20_000);
  expect(texts.STDOUT).toEqual(Array.from({ length: texts.STDOUT.length }, (_, k) => `line ${2 * k}`));
  expect(texts.STDERR).toEqual(Array.from({ length: texts.STDERR.length }, (_, k) => `line ${2 * k + 1}`));
  expect(Math.abs(texts.STDOUT.length - texts.STDERR.length)).toBeLessThanOrEqual(1);
}, 240_000);
