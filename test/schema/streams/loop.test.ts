import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { followJournal, HEARTBEAT, type JournalSource } from '../../../schema/streams/loop.ts';
import { createStreamScheduler } from '../../../schema/streams/scheduler.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

/** A journal of numbers. Each read returns two. */
function journal(rows: number[] = []) {
  const clock = createManualClock();
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  let reads = 0;
  let open = 0;
  const source: JournalSource<number, string> = {
    start: 0,
    read(position) {
      reads += 1;
      const found = rows.slice(position, position + 2);
      // This stream does not select odd numbers.
      const payloads = found.filter((row) => row % 2 === 0).map((row) => `row ${row}`);
      return { payloads, position: position + found.length, atEnd: position + found.length === rows.length };
    },
    apps: null,
    heartbeat: (position) => `heartbeat ${position}`,
    cursor: String,
    onMore(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const context = {
    clock,
    scheduler: createStreamScheduler(),
    ends: [closing.signal],
    streamOpened() {
      open += 1;
      return () => {
        open -= 1;
      };
    },
  };
  return {
    clock,
    closing,
    listeners,
    source,
    reads: () => reads,
    open: () => open,
    add(...more: number[]) {
      rows.push(...more);
      for (const listener of listeners) listener();
    },
    follow: (change: Partial<JournalSource<number, string>> = {}) =>
      followJournal(context, 'logs', { ...source, ...change })[Symbol.asyncIterator](),
  };
}

/** The next payload of the stream. Advances the clock if necessary. */
async function next(stream: AsyncIterator<string>): Promise<string> {
  const { value, done } = await stream.next();
  return done ? 'done' : value;
}

it('delivers the backlog, and then new entries', async () => {
  const { follow, add, clock } = journal([0, 1, 2, 3, 4]);
  const stream = follow();
  expect([await next(stream), await next(stream), await next(stream)]).toEqual(['row 0', 'row 2', 'row 4']);
  const waiting = next(stream);
  add(6, 8);
  expect([await waiting, await next(stream)]).toEqual(['row 6', 'row 8']);
  await stream.return?.();
  expect(clock.pending()).toBe(0);
});

it('sends the first payload immediately: a heartbeat if there is nothing', async () => {
  const { follow } = journal();
  const stream = follow();
  expect(await next(stream)).toBe('heartbeat 0');
  await stream.return?.();
});

it('sends the prelude first, which counts as the first payload', async () => {
  const { follow, add, clock } = journal();
  const stream = follow({ prelude: ['gap'] });
  expect(await next(stream)).toBe('gap');
  const waiting = next(stream);
  await clock.advance(HEARTBEAT - 1);
  add(2);
  expect(await waiting).toBe('row 2');
  await stream.return?.();
});

it('after 15 s without a payload, a heartbeat has the position, even past entries that are not selected', async () => {
  const { follow, add, clock, reads } = journal();
  const stream = follow();
  expect(await next(stream)).toBe('heartbeat 0');
  const waiting = next(stream);
  add(1, 3);
  await until(() => reads() === 2, 'it has read what is not for it');
  await clock.advance(HEARTBEAT);
  expect(await waiting).toBe('heartbeat 2');
  const again = next(stream);
  await clock.advance(HEARTBEAT);
  expect(await again).toBe('heartbeat 2');
  await stream.return?.();
});

it('does not read ahead of a slow client', async () => {
  const { follow, reads, add } = journal([0, 2, 4, 6, 8, 10]);
  const stream = follow();
  expect(await next(stream)).toBe('row 0');
  for (let turn = 0; turn < 20; turn += 1) {
    add(12 + 2 * turn);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(reads()).toBe(1);
  await stream.return?.();
});

it('yields between two pages', async () => {
  const { follow } = journal(Array.from({ length: 1_000 }, (_, n) => 2 * n));
  let turns = 0;
  let running = true;
  const count = () => {
    turns += 1;
    if (running) setImmediate(count);
  };
  count();
  const stream = follow();
  for (let row = 0; row < 1_000; row += 1) await stream.next();
  running = false;
  expect(turns).toBeGreaterThan(400);
  await stream.return?.();
});

it.each(['parked', 'being sent'])(
  'ends when the client disconnects while it is %s, and leaves nothing behind',
  async (where) => {
    const { follow, listeners, clock, open } = journal(where === 'parked' ? [] : [0, 2, 4, 6]);
    const stream = follow();
    await stream.next();
    const parked = where === 'parked' ? stream.next() : null;
    expect([listeners.size, open()]).toEqual([1, 1]);
    await stream.return?.();
    expect(await parked).toEqual(parked ? { done: true, value: undefined } : null);
    await until(() => open() === 0, 'it has ended');
    expect([listeners.size, clock.pending()]).toEqual([0, 0]);
  },
);

it.each(['parked', 'being sent'])('ends when the server closes while it is %s', async (where) => {
  const { follow, listeners, clock, closing, open } = journal(where === 'parked' ? [] : [0, 2, 4, 6]);
  const stream = follow();
  await stream.next();
  const parked = where === 'parked' ? stream.next() : null;
  closing.abort();
  if (parked) expect(await parked).toMatchObject({ done: true });
  await until(() => open() === 0, 'it has ended');
  expect(await stream.next()).toMatchObject({ done: true });
  expect([listeners.size, clock.pending()]).toEqual([0, 0]);
});

it('does not begin if the server is already closing', async () => {
  const { follow, listeners, closing, open } = journal([0]);
  closing.abort();
  expect(await next(follow())).toBe('done');
  expect([listeners.size, open()]).toEqual([0, 0]);
});

it('does not begin if the server closes before the first payload is requested', async () => {
  const { follow, listeners, closing, open, clock } = journal([0]);
  const stream = follow();
  closing.abort();
  expect(await next(stream)).toBe('done');
  expect([listeners.size, open(), clock.pending()]).toEqual([0, 0, 0]);
});

it('an error of the journal ends the stream with that error, and leaves nothing behind', async () => {
  const { follow, listeners, clock, open } = journal();
  const stream = follow({
    read: () => {
      throw new Error('the disk is gone');
    },
  });
  await expect(stream.next()).rejects.toThrow('the disk is gone');
  expect([listeners.size, clock.pending(), open()]).toEqual([0, 0, 0]);
});

it('what was sent is young garbage: a busy stream does not grow until a full collection', () => {
  // In a process of its own, whose garbage is only that of the stream.
  const program = join(import.meta.dirname, '../../fixtures/streams/busy.ts');
  const flags = ['--expose-gc', '--single-threaded-gc', '--no-incremental-marking', '--import', 'tsx'];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, program], { encoding: 'utf8' });
  expect(stderr).toBe('');
  // All 200 payloads have 5 MB or more.
  expect(Number(stdout)).toBeLessThan(2_000_000);
});
