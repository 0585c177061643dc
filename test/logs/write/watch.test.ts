import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../../src/drivers/system-clock.ts';
import { Pulse } from '../../../src/logs/write/schedule.ts';
import { Watch } from '../../../src/logs/write/watch.ts';
import { openLogs, tempDir } from '../../support/logs.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/logs');

test('a quiet file wakes by itself; a burst goes over to looks every 4 ms, and back after three in vain', async () => {
  const directory = tempDir();
  const clock = createManualClock();
  const pulse = new Pulse(clock);
  let wakes = 0;
  const watch = new Watch({ directory, clock, pulse, wake: () => wakes++ });
  onTestFinished(() => watch.close());
  const file = join(directory, 'stdout.log');
  expect(wakes).toBe(1);
  for (let write = 0; write < 16; write++) {
    const before = wakes;
    appendFileSync(file, 'line\n');
    await until(() => wakes > before, 'the write is noticed');
    watch.looked(true);
  }
  // The file can say what it wants now: only the pulse asks.
  const before = wakes;
  expect(clock.pending()).toBe(1);
  await clock.advance(4);
  expect(wakes).toBe(before + 1);
  watch.looked(true);
  await clock.advance(12);
  expect(wakes).toBe(before + 4);
  for (let look = 0; look < 3; look++) watch.looked(false);
  expect(wakes).toBe(before + 5);
  await clock.advance(100);
  expect(wakes).toBe(before + 5);
  appendFileSync(file, 'line\n');
  await until(() => wakes > before + 5, 'the watch is back');
});

test('wakes that are far apart are no burst', async () => {
  const directory = tempDir();
  const clock = createManualClock();
  let wakes = 0;
  const watch = new Watch({ directory, clock, pulse: new Pulse(clock), wake: () => wakes++ });
  onTestFinished(() => watch.close());
  for (let write = 0; write < 40; write++) {
    const before = wakes;
    appendFileSync(join(directory, 'stderr.log'), 'line\n');
    await until(() => wakes > before, 'the write is noticed');
    watch.looked(true);
    await clock.advance(10);
  }
  expect(clock.pending()).toBe(0);
});

test('a directory that cannot be watched is looked at now and then, until it can', async () => {
  const directory = join(tempDir(), 'later');
  const clock = createManualClock();
  let wakes = 0;
  const watch = new Watch({ directory, clock, pulse: new Pulse(clock), wake: () => wakes++ });
  onTestFinished(() => watch.close());
  await clock.advance(1_000);
  expect(wakes).toBe(5);
  mkdirSync(directory);
  await clock.advance(20_000);
  expect(clock.pending()).toBe(0);
  const before = wakes;
  appendFileSync(join(directory, 'stdout.log'), 'line\n');
  await until(() => wakes > before, 'it is watched now');
});

test('a watch that was closed leaves no timer and wakes nothing', async () => {
  const clock = createManualClock();
  let wakes = 0;
  const watch = new Watch({
    directory: join(tempDir(), 'missing'),
    clock,
    pulse: new Pulse(clock),
    wake: () => wakes++,
  });
  watch.close();
  expect(clock.pending()).toBe(0);
  expect(wakes).toBe(1);
});

test('20,000 lines a second from a real process are all marked, and the event loop goes on turning', async () => {
  const logs = openLogs(tempDir(), { clock: createSystemClock() });
  logs.open(1);
  const child = spawn(process.execPath, [join(FIXTURES, 'numbers.mjs'), '20000'], {
    stdio: ['ignore', openSync(logs.file(1, 'STDOUT'), 'a'), openSync(logs.file(1, 'STDERR'), 'a')],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await until(() => logs.marks.last() > 100, 'a hundred marks are made');
  delay.disable();
  child.kill('SIGTERM');
  await once(child, 'exit');
  await logs.runLogs.finish(1);
  const lines = await logs.lines();
  const numbers = (stream: string) =>
    lines.filter((line) => line.stream === stream).map((line) => Number(line.text.slice(5)));
  const out = numbers('STDOUT');
  const err = numbers('STDERR');
  expect(out).toEqual(out.map((_, index) => 2 * index));
  expect(err).toEqual(err.map((_, index) => 2 * index + 1));
  // Far above what it is, for a machine that does other things too: a look that reads what it marks shows.
  expect(delay.percentile(50) / 1e6).toBeLessThan(100);
});
