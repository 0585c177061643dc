import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { MarkStore } from '../../../src/contracts/marks.ts';
import type { Run, RunId } from '../../../src/core/run.ts';
import { RUN_FILES } from '../../../src/core/run.ts';
import { createSystemClock } from '../../../src/drivers/system-clock.ts';
import { BEGIN, type OpenLogs, openLogs, tempDir } from '../../support/logs.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/logs');
const MB = 1024 * 1024;
const LIMIT = 4 * MB;

/** What `du` says of all runs, in bytes. */
function diskUse(logs: OpenLogs): number {
  const runsDir = join(logs.directory, 'runs');
  return readdirSync(runsDir)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((run) =>
      Object.values(RUN_FILES).map(
        (file) => (statSync(join(runsDir, run, file), { throwIfNoEntry: false })?.blocks ?? 0) * 512,
      ),
    )
    .reduce((sum, bytes) => sum + bytes, 0);
}

let next = 0;
const numbered = (count: number) => {
  let text = '';
  for (let line = 0; line < count; line++) text += `${String(next++).padStart(8, '0')} ${'.'.repeat(90)}\n`;
  return text;
};

/** Ten megabytes in steps, each marked. */
async function print(logs: OpenLogs, run: number, steps = 100): Promise<void> {
  for (let step = 0; step < steps; step++) {
    appendFileSync(logs.file(run, 'STDOUT'), numbered(1_000));
    logs.runLogs.write(run, '');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('old bytes are freed in place under an app at full speed: no line is lost or torn behind the gap', async () => {
  const logs = openLogs(tempDir(), { retention: { bytesPerApp: LIMIT } });
  logs.open(1);
  const child = spawn(process.execPath, [join(FIXTURES, 'flood.mjs'), '600000'], {
    stdio: ['ignore', openSync(logs.file(1, 'STDOUT'), 'a'), openSync(logs.file(1, 'STDERR'), 'a')],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, diskUse(logs));
  }, 5);
  await once(child, 'exit');
  await logs.runLogs.finish(1);
  await logs.settled();
  clearInterval(watch);
  expect(statSync(logs.file(1, 'STDOUT')).size).toBe(60_000_000);
  expect(diskUse(logs)).toBeLessThanOrEqual(LIMIT);
  expect(most).toBeLessThan(60_000_000);
  const { items } = await logs.drain(BEGIN);
  expect(items[0]).toMatchObject({ gap: { reason: 'RETENTION', app: 1, lostAfter: BEGIN } });
  const lines = items.slice(1).map((item) => ('entry' in item ? Number(item.entry.text.split(' ')[0]) : -1));
  expect(lines.length).toBeGreaterThan(1_000);
  expect(lines).toEqual(lines.map((_, index) => 600_000 - lines.length + index));
});

test('a log may fill its limit; that of an app at full speed is freed before it is full', async () => {
  const clock = createManualClock();
  const logs = openLogs(tempDir(), { clock, retention: { bytesPerApp: LIMIT } });
  const first = async (app: number) => (await logs.drain(BEGIN, { apps: [app] })).items[0];
  logs.open(1);
  logs.open(2);
  for (let step = 0; step < 36; step++) {
    await print(logs, 1, 1);
    await logs.settled();
  }
  expect(await first(1)).toMatchObject({ entry: { app: 1 } });
  for (let step = 0; step < 36; step++) {
    await print(logs, 2, 1);
    await clock.advance(4);
    await logs.settled();
  }
  expect(await first(2)).toMatchObject({ gap: { reason: 'RETENTION', app: 2 } });
  expect(diskUse(logs)).toBeLessThan(36 * 2 * 100_000);
  expect(await first(1)).toMatchObject({ entry: { app: 1 } });
});

test('an app that prints without end does not keep retention from the others, nor from the disk', async () => {
  let free = 1024 * MB;
  const system = createSystemClock();
  const logs = openLogs(tempDir(), {
    retention: { bytesPerApp: LIMIT },
    system: { free: async () => free },
    // The looks at the disk come sooner.
    clock: { ...system, after: (ms, callback) => system.after(Math.min(ms, 100), callback) },
  });
  logs.open(1);
  // Faster than holes are made.
  const child = spawn('yes', ['.'.repeat(99)], {
    stdio: ['ignore', openSync(logs.file(1, 'STDOUT'), 'a'), openSync(logs.file(1, 'STDERR'), 'a')],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await until(() => statSync(logs.file(1, 'STDOUT')).size > 8 * LIMIT, 'it floods');
  logs.open(2);
  await print(logs, 2);
  const blocks = () => statSync(logs.file(2, 'STDOUT')).blocks * 512;
  await until(() => blocks() <= LIMIT, 'the other log is within its limit', 20_000);
  free = MB;
  await until(() => logs.problems().length > 0, 'the disk is looked at', 20_000);
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('a query then begins at the oldest line there is, from either end', async () => {
  const logs = openLogs(tempDir(), { retention: { bytesPerApp: LIMIT } });
  logs.open(1);
  await print(logs, 1);
  await logs.runLogs.finish(1);
  await logs.settled();
  const [oldest] = await logs.lines();
  const request = { after: null, before: null, limit: 1 };
  const first = await logs.reader.page({ apps: [1] }, { ...request, forward: true });
  expect(first.entries).toEqual([oldest]);
  expect(first.hasPreviousPage).toBe(false);
  const all = await logs.reader.page({ apps: [1] }, { ...request, limit: 1_000_000, forward: false });
  expect(all.entries[0]).toEqual(oldest);
  expect(all.hasPreviousPage).toBe(false);
});

test('a reader behind gets one gap, wherever it is; one that is not behind gets none', async () => {
  const logs = openLogs(tempDir(), { retention: { bytesPerApp: LIMIT } });
  logs.open(1);
  logs.open(2);
  await print(logs, 2, 1);
  await print(logs, 1, 1);
  const early = logs.reader.end();
  await print(logs, 1);
  await print(logs, 2, 1);
  const late = logs.reader.end();
  await logs.runLogs.finish(1);
  await logs.settled();
  const gaps = async (apps: number[] | null, after = early) =>
    (await logs.drain(after, { apps })).items.flatMap((item) => ('gap' in item ? [item.gap.app] : []));
  expect(await gaps([1])).toEqual([1]);
  expect(await gaps(null)).toEqual([1]);
  expect(await gaps([2])).toEqual([]);
  expect(await gaps(null, late)).toEqual([]);
});

test('the next control plane goes on from a file whose beginning is a hole', async () => {
  const directory = tempDir();
  const first = openLogs(directory, { retention: { bytesPerApp: MB } });
  first.open(1);
  appendFileSync(first.file(1, 'STDERR'), 'one line, long ago\n');
  first.runLogs.write(1, '');
  await print(first, 1);
  await first.settled();
  const end = first.reader.end();
  await first.end();
  appendFileSync(first.file(1, 'STDOUT'), 'meanwhile\n');
  appendFileSync(first.file(1, 'STDERR'), 'meanwhile too\n');
  const second = openLogs(directory, { retention: { bytesPerApp: MB } });
  second.open(1);
  await until(() => second.reader.end().mark >= end.mark + 2, 'both are told');
  const { items } = await second.drain(end);
  expect(items.map((item) => 'entry' in item && item.entry.text)).toEqual(['meanwhile', 'meanwhile too']);
  expect((await second.drain(BEGIN)).items[0]).toMatchObject({ gap: { reason: 'RETENTION' } });
});

test('a line that never ends takes no more room than others', async () => {
  const logs = openLogs(tempDir(), { retention: { bytesPerApp: MB } });
  logs.open(1);
  for (let step = 0; step < 20; step++) {
    appendFileSync(logs.file(1, 'STDOUT'), 'x'.repeat(MB));
    logs.runLogs.write(1, '');
    await logs.settled();
  }
  await until(async () => {
    await logs.settled();
    return diskUse(logs) <= MB + 300_000;
  }, 'it is freed');
  appendFileSync(logs.file(1, 'STDOUT'), 'x\nnext\n');
  await logs.runLogs.finish(1);
  expect(await logs.texts()).toEqual(['next']);
});

test('the directory of an ended run goes with its last byte; the last run stays writable', async () => {
  const logs = openLogs(tempDir(), { retention: { bytesPerApp: MB } });
  for (const run of [1, 2]) {
    logs.open(run, 1);
    await print(logs, run, 30);
    await logs.runLogs.finish(run);
  }
  await logs.settled();
  expect(existsSync(logs.runDir(1))).toBe(false);
  logs.runLogs.write(2, 'Restarting...');
  await until(async () => (await logs.texts()).at(-1) === 'Restarting...', 'it is told');
});

test('lines beyond an age go, where an age is set', async () => {
  const clock = createManualClock();
  const logs = openLogs(tempDir(), { clock, retention: { maxAge: 3_600_000 } });
  logs.open(1);
  logs.runLogs.write(1, 'old');
  await clock.advance(1_800_000);
  logs.runLogs.write(1, 'young');
  await clock.advance(1_799_000);
  expect(await logs.texts()).toEqual(['old', 'young']);
  await until(async () => {
    await clock.advance(5_000);
    await logs.settled();
    return (await logs.texts()).length === 1;
  }, 'the old line is gone');
  expect(await logs.texts()).toEqual(['young']);
});

test('of ended runs the newest are kept, and the rows of the others go with their directories', async () => {
  const rows = new Map<RunId, Run>();
  const logs = openLogs(tempDir(), {
    retention: { endedRuns: 3 },
    runs: {
      get: (run) => rows.get(run) ?? null,
      surplus: (app, keep) =>
        [...rows.values()]
          .flatMap((run) => (run.app === app && run.phase === 'ENDED' ? [run.id] : []))
          .slice(0, -keep),
      remove: (run) => void rows.delete(run),
    },
  });
  const run = {
    cause: 'BOOT',
    actor: 'supervisor',
    release: null,
    port: null,
    pid: null,
    handle: null,
  } as const;
  const times = { startedAt: 0, readyAt: null, endedAt: null, exit: null, recoveries: 0 };
  for (let id = 1; id <= 6; id++) {
    rows.set(id, { id, app: 1, phase: 'BOOTING', ...run, ...times });
    logs.open(id, 1);
    logs.runLogs.write(id, `run ${id}`);
    await logs.runLogs.finish(id);
    rows.set(id, { id, app: 1, phase: 'ENDED', ...run, ...times });
  }
  logs.open(7, 1);
  await logs.settled();
  expect([...rows.keys()]).toEqual([4, 5, 6]);
  expect(readdirSync(join(logs.directory, 'runs')).sort()).toEqual(['4', '5', '6', '7']);
  expect(await logs.texts()).toEqual(['run 4', 'run 5', 'run 6']);
});

test('directories of runs that no app has are removed at the start; other files stay', async () => {
  const directory = tempDir();
  for (const name of ['1', '2', 'notes']) mkdirSync(join(directory, 'runs', name), { recursive: true });
  const logs = openLogs(directory, {
    runs: {
      get: (run) => (run === 2 ? ({ id: 2, app: 1, phase: 'ENDED' } as Run) : null),
      surplus: () => [],
      remove: () => {},
    },
  });
  await logs.settled();
  expect(readdirSync(join(directory, 'runs')).sort()).toEqual(['2', 'notes']);
});

test('a stray that cannot be removed is said once, and keeps no log from being freed', async () => {
  const directory = tempDir();
  mkdirSync(join(directory, 'runs/1/mounted'), { recursive: true });
  let tries = 0;
  const refused = (marks: MarkStore): MarkStore => ({
    ...marks,
    removeRun(run) {
      tries += 1;
      if (run === 1) throw new Error('EBUSY: resource busy or locked, rmdir');
      marks.removeRun(run);
    },
  });
  const logs = openLogs(directory, {
    wrap: refused,
    retention: { bytesPerApp: LIMIT },
    runs: { get: () => null, surplus: () => [], remove: () => {} },
  });
  logs.open(2);
  await print(logs, 2);
  await until(() => diskUse(logs) <= LIMIT, 'the log is within its limit');
  await logs.settled();
  expect(tries).toBe(1);
  expect(logs.told).toEqual(['Old log lines could not be removed: EBUSY: resource busy or locked, rmdir']);
});

test('a run that cannot be removed is tried again by rounds, and keeps no other from its turn', async () => {
  const clock = createManualClock();
  let tries = 0;
  const refused = (marks: MarkStore): MarkStore => ({
    ...marks,
    removeRun(run) {
      if (run !== 1) return marks.removeRun(run);
      tries += 1;
      throw new Error('EIO: i/o error');
    },
  });
  const removed: RunId[] = [];
  const logs = openLogs(tempDir(), {
    clock,
    wrap: refused,
    retention: { endedRuns: 1 },
    runs: {
      get: (run) => ({ id: run, app: run > 3 ? 2 : 1, phase: 'ENDED' }) as Run,
      surplus: (app) => (app === 1 ? [1, 2] : [4]).filter((run) => !removed.includes(run)),
      remove: (run) => void removed.push(run),
    },
  });
  for (const [run, app] of [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
  ] as const) {
    logs.open(run, app);
    await logs.runLogs.finish(run);
  }
  await logs.settled();
  expect(removed.sort()).toEqual([2, 4]);
  const before = tries;
  expect(before).toBeLessThanOrEqual(5);
  await logs.settled();
  expect(tries).toBe(before);
  expect(logs.told).toEqual(['Old log lines could not be removed: EIO: i/o error']);
});

test('where no holes can be made, ended runs are removed whole and the last one begins anew, with a gap', async () => {
  const logs = openLogs(tempDir(), {
    retention: { bytesPerApp: MB },
    system: { fallocate: 'no-such-command' },
  });
  logs.open(1, 1);
  await print(logs, 1, 8);
  await logs.runLogs.finish(1);
  logs.open(2, 1);
  await print(logs, 2, 8);
  await until(async () => {
    await logs.settled();
    return diskUse(logs) <= MB;
  }, 'the first run is gone');
  expect(existsSync(logs.runDir(1))).toBe(false);
  const before = logs.reader.end();
  await print(logs, 2, 40);
  await until(async () => {
    await logs.settled();
    return diskUse(logs) <= MB;
  }, 'the second run began anew');
  expect(statSync(logs.file(2, 'STDOUT')).size).toBeLessThan(MB);
  appendFileSync(logs.file(2, 'STDOUT'), 'the last line\n');
  await logs.runLogs.finish(2);
  const { items } = await logs.drain(before);
  expect(items.flatMap((item) => ('gap' in item ? [item.gap.reason] : []))).toEqual(['RETENTION']);
  expect(items.at(-1)).toMatchObject({ entry: { text: 'the last line' } });
});

test('a disk that is nearly full shrinks every log, says so, and says when it is over', async () => {
  const clock = createManualClock();
  let size = Number.POSITIVE_INFINITY;
  const free: (number | null)[] = [];
  const logs: OpenLogs = openLogs(tempDir(), {
    clock,
    lowDisk: (bytes) => free.push(bytes),
    retention: { freeBytes: 4 * MB },
    system: { free: async () => size - diskUse(logs) },
  });
  logs.open(1);
  logs.open(2);
  await print(logs, 1, 60);
  await print(logs, 2, 20);
  await logs.runLogs.finish(1);
  expect(logs.problems()).toEqual([]);
  size = 10 * MB;
  await until(async () => {
    await clock.advance(1_000);
    return logs.told.length === 2;
  }, 'it was low and is well again');
  expect(logs.told[0]).toMatch(/^Only 2 MB are free on the disk of .*: old log lines are being removed$/);
  expect(logs.told[1]).toBe('The disk has room again');
  expect(free).toEqual([expect.toSatisfy((bytes) => bytes >= 2 * MB && bytes < 3 * MB), null]);
  expect(logs.problems()).toEqual([]);
  expect(diskUse(logs)).toBeLessThanOrEqual(6 * MB);
  expect((await logs.lines({ apps: [2] })).length).toBeGreaterThan(1_000);
});

test('a reader that is behind all that is left gets its gap too', async () => {
  const logs = openLogs(tempDir(), { retention: { bytesPerApp: 32 * 1024 } });
  logs.open(1);
  appendFileSync(logs.file(1, 'STDOUT'), numbered(10_000));
  await logs.runLogs.finish(1);
  await logs.settled();
  const { items, position } = await logs.drain(BEGIN, { apps: [1], streams: ['STDOUT'] });
  expect(items.map((item) => 'gap' in item && item.gap.reason)).toEqual(['RETENTION']);
  expect(position).toEqual(logs.reader.end());
  logs.runLogs.write(1, 'later');
  await until(() => logs.reader.end().mark > position.mark, 'a line is told');
  expect((await logs.drain(position)).items).toEqual([{ entry: expect.objectContaining({ text: 'later' }) }]);
});

test('no byte is freed before the disk has it that its mark is gone', async () => {
  let onDisk = false;
  const logs = openLogs(tempDir(), {
    retention: { bytesPerApp: MB },
    wrap: (marks) => ({ ...marks, checkpoint: async () => onDisk && marks.checkpoint() }),
  });
  logs.open(1);
  await print(logs, 1, 40);
  await logs.settled();
  expect(diskUse(logs)).toBeGreaterThan(3 * MB);
  onDisk = true;
  await print(logs, 1, 20);
  await until(async () => {
    await logs.settled();
    return diskUse(logs) <= MB;
  }, 'the bytes are freed');
});
