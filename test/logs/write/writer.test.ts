import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, openSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { BEGIN, EVERYTHING, type OpenLogs, openLogs, tempDir } from '../../support/logs.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

/** A real process whose output is the run's files, as the driver does it. */
function app(logs: OpenLogs, run: number, script: string): ChildProcess {
  mkdirSync(logs.runDir(run), { recursive: true });
  const child = spawn(process.execPath, ['-e', script], {
    stdio: [
      'ignore',
      openSync(logs.file(run, 'STDOUT'), 'a', 0o600),
      openSync(logs.file(run, 'STDERR'), 'a', 0o600),
    ],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

function print(
  logs: OpenLogs,
  run: number,
  text: string | Buffer,
  stream: 'STDOUT' | 'STDERR' = 'STDOUT',
): void {
  const file = logs.file(run, stream);
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, text);
}

test('lines of a real process are read as they are written, with their streams', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  const child = app(
    logs,
    1,
    `console.log('out'); setTimeout(() => console.error('err'), 50); setInterval(() => {}, 1e3)`,
  );
  await until(async () => (await logs.texts()).length === 2, 'both lines are there');
  expect((await logs.lines()).map(({ stream, text, run, app }) => [stream, text, run, app])).toEqual([
    ['STDOUT', 'out', 1, 1],
    ['STDERR', 'err', 1, 1],
  ]);
  child.kill('SIGKILL');
});

test('a listener is called after each commit, until it is removed', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  const seen: number[] = [];
  const stop = logs.reader.onMore(() => seen.push(logs.marks.last()));
  print(logs, 1, 'a line\n');
  await until(() => seen.length === 1, 'the listener is told');
  expect(seen).toEqual([1]);
  stop();
  let told = 0;
  logs.reader.onMore(() => told++);
  stop();
  print(logs, 1, 'another\n');
  await until(() => told === 1, 'the other listener is told');
  expect(seen).toEqual([1]);
});

test('a supervisor line stands behind what the app had written, and is printed with its paw', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  print(logs, 1, 'last words\n');
  logs.runLogs.write(1, 'Exited with code 1');
  print(logs, 1, 'more\n');
  logs.runLogs.write(1, 'Stopped');
  await logs.runLogs.finish(1);
  expect((await logs.lines()).map(({ stream, text }) => [stream, text])).toEqual([
    ['STDOUT', 'last words'],
    ['SUPERVISOR', 'Exited with code 1'],
    ['STDOUT', 'more'],
    ['SUPERVISOR', 'Stopped'],
  ]);
  expect(logs.console).toEqual(['🐾 [app-1] Exited with code 1', '🐾 [app-1] Stopped']);
  logs.runLogs.renamed(1, 'other');
  logs.runLogs.write(1, 'Restarting...');
  expect(logs.console.at(-1)).toBe('🐾 [other] Restarting...');
});

test('an app that prints 200,000 lines and exits at once has 200,000 lines in its log', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  const child = app(
    logs,
    1,
    `const fs = require('node:fs');
     for (let i = 0; i < 200000; i += 100) fs.writeSync(1, Array.from({ length: 100 }, (_, k) => 'line ' + (i + k) + '\\n').join(''));
     process.exit(1)`,
  );
  await once(child, 'exit');
  await logs.runLogs.finish(1);
  const texts = await logs.texts();
  expect(texts.length).toBe(200_000);
  expect(texts.every((text, index) => text === `line ${index}`)).toBe(true);
});

test('finishing a run marks its last line that has no end', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  print(logs, 1, 'whole\nhalf');
  await logs.runLogs.finish(1);
  expect(await logs.texts()).toEqual(['whole', 'half']);
});

test('a last line without an end is read when it has been still for a second, in queries as in subscriptions', async () => {
  const clock = createManualClock();
  const logs = openLogs(tempDir(), { clock });
  logs.open(1);
  print(logs, 1, 'Password: ');
  logs.runLogs.write(1, 'look');
  await clock.advance(999);
  expect(await logs.texts()).toEqual(['look']);
  await clock.advance(1);
  await until(async () => (await logs.texts()).length === 2, 'the prompt is told');
  const before = await logs.lines();
  print(logs, 1, 'secret\n');
  await logs.runLogs.finish(1);
  expect(await logs.texts()).toEqual(['look', 'Password:', 'secret']);
  expect((await logs.lines()).slice(0, 2)).toEqual(before);
});

test('lines to an ended run that was never opened here go to its file and to the console', async () => {
  const directory = tempDir();
  const first = openLogs(directory);
  first.open(7, 3);
  print(first, 7, 'out\n');
  await first.runLogs.finish(7);
  await first.end();
  const second = openLogs(directory, {
    runInfo: (run) => (run === 7 ? { app: 3, appName: 'blog' } : null),
  });
  second.runLogs.write(7, 'Restarting...');
  second.runLogs.write(8, 'Nobody');
  await until(async () => (await second.texts()).length === 2, 'it is told');
  expect((await second.lines()).at(-1)).toMatchObject({ stream: 'SUPERVISOR', run: 7, app: 3 });
  expect(second.console).toEqual(['🐾 [blog] Restarting...', '🐾 [run 8] Nobody']);
});

test('B-26: a supervisor line to an ended run is committed when it is written: a kill right behind it loses nothing', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  await logs.runLogs.finish(1);
  logs.runLogs.write(1, 'Stopped');
  expect(logs.marks.lastOfRun(1, 'SUPERVISOR')?.to).toBe('Stopped\n'.length);
});

test('what was written while no control plane ran is marked at the next start, with the time of its file', async () => {
  const directory = tempDir();
  const first = openLogs(directory);
  first.open(1);
  print(first, 1, 'before\n');
  await until(async () => (await first.texts()).length === 1, 'the first line is told');
  await first.end();
  print(first, 1, 'error first\n', 'STDERR');
  print(first, 1, 'then this\n');
  utimesSync(first.file(1, 'STDERR'), 1_000, 1_000);
  utimesSync(first.file(1, 'STDOUT'), 2_000, 2_000);
  const second = openLogs(directory);
  second.open(1);
  await until(async () => (await second.texts()).length === 3, 'the others are told');
  expect((await second.lines()).slice(1).map(({ text, at }) => [text, at])).toEqual([
    ['error first', 1_000_000],
    ['then this', 2_000_000],
  ]);
});

test('while the database takes no marks lines stay in their files; then each is delivered once', async () => {
  const clock = createManualClock();
  let broken = false;
  const logs = openLogs(tempDir(), {
    clock,
    wrap: (marks) => ({
      ...marks,
      append: (drafts) => {
        if (broken) throw new Error('database or disk is full');
        return marks.append(drafts);
      },
    }),
  });
  logs.open(1);
  broken = true;
  print(logs, 1, 'one\n');
  await until(() => logs.told.length === 1, 'the problem is told');
  print(logs, 1, 'two\n');
  await clock.advance(1_000);
  expect(logs.told.length).toBe(1);
  expect(logs.told[0]).toContain('database or disk is full');
  broken = false;
  await clock.advance(250);
  await until(async () => (await logs.texts()).length === 2, 'both are told');
  const finished = logs.runLogs.finish(1);
  await finished;
  expect(await logs.texts()).toEqual(['one', 'two']);
});

test('opening a run twice follows it once', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  logs.open(1);
  print(logs, 1, 'one\n');
  await logs.runLogs.finish(1);
  expect(await logs.texts()).toEqual(['one']);
});

test('a run directory and the supervisor’s file are for their owner alone', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  logs.runLogs.write(1, 'Starting...');
  expect(statSync(logs.runDir(1)).mode & 0o777).toBe(0o700);
  expect(statSync(logs.file(1, 'SUPERVISOR')).mode & 0o777).toBe(0o600);
});

test('removing an app leaves no file and no mark, and a reader behind it gets a gap', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  logs.open(2);
  print(logs, 1, 'gone\n');
  print(logs, 2, 'stays\n');
  await logs.runLogs.finish(1);
  await logs.runLogs.finish(2);
  await logs.runLogs.removeApp(1);
  expect(() => statSync(logs.runDir(1))).toThrow('ENOENT');
  expect(await logs.texts()).toEqual(['stays']);
  const { items } = await logs.drain(BEGIN, { apps: [1] });
  expect(items).toEqual([{ gap: expect.objectContaining({ reason: 'RETENTION', app: 1 }) }]);
});

test('B-25: a character that comes in two writes is whole', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  const euro = Buffer.from('5 €\n');
  print(logs, 1, euro.subarray(0, 3));
  logs.runLogs.write(1, 'look');
  await until(async () => (await logs.texts()).length === 1, 'a look was made in between');
  print(logs, 1, euro.subarray(3));
  await logs.runLogs.finish(1);
  expect(await logs.texts()).toEqual(['look', '5 €']);
});

test('an app that truncates its own stdout loses nothing that comes after, and a follower gets a gap', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  print(logs, 1, 'one\ntwo\n');
  await until(async () => (await logs.texts()).length === 2, 'both lines are told');
  const { position } = await logs.drain(BEGIN);
  // What `echo x > /dev/stdout` does in sh.
  writeFileSync(logs.file(1, 'STDOUT'), 'x\n');
  print(logs, 1, 'after\n');
  await logs.runLogs.finish(1);
  const { items } = await logs.drain(position);
  expect(items).toEqual([
    { gap: { lostAfter: position, resumeAt: { mark: 2, byte: 0 }, reason: 'TRUNCATED_BY_APP', app: 1 } },
    { entry: expect.objectContaining({ text: 'x' }) },
    { entry: expect.objectContaining({ text: 'after' }) },
  ]);
  expect(await logs.texts(EVERYTHING)).toEqual(['x', 'after']);
});

test('a shell script that prints to /dev/stderr by name truncates it: what follows is delivered, and so is the gap', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  const err = openSync(logs.file(1, 'STDERR'), 'a', 0o600);
  const sh = (script: string) =>
    once(spawn('sh', ['-c', script], { stdio: ['ignore', 'ignore', err] }), 'exit');
  await sh('for i in 1 2 3 4 5; do echo "before $i" >&2; done');
  await until(async () => (await logs.texts()).length === 5, 'the first lines are told');
  const { position } = await logs.drain(BEGIN);
  await sh('echo oops > /dev/stderr; for i in 1 2 3 4 5 6 7 8; do echo "after $i" >&2; done');
  await logs.runLogs.finish(1);
  const { items } = await logs.drain(position);
  expect(items[0]).toMatchObject({ gap: { reason: 'TRUNCATED_BY_APP', lostAfter: position } });
  const texts = items.slice(1).map((item) => 'entry' in item && item.entry.text);
  expect(texts).toEqual(['oops', ...[1, 2, 3, 4, 5, 6, 7, 8].map((line) => `after ${line}`)]);
});

test('a line of any of a thousand followed runs is delivered', async () => {
  const logs = openLogs(tempDir());
  for (let run = 1; run <= 1_000; run++) logs.open(run);
  await until(() => logs.reader.end().mark === 0, 'nothing is marked');
  print(logs, 1_000, 'the last\n');
  print(logs, 1, 'the first\n');
  await until(async () => (await logs.texts()).length === 2, 'both are told');
});
