import { describe, expect, it } from 'vitest';
import { HEARTBEAT } from '../../../schema/streams/loop.ts';
import type { LogGap } from '../../../src/contracts/logs.ts';
import { encodeLogCursor, type LogPosition } from '../../../src/core/cursor.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { subscribe } from '../../support/streams.ts';
import { until } from '../../support/until.ts';
import { LogsStream } from '../streams/documents.ts';

function lines(plane: ControlPlane, variables: Record<string, unknown> = {}) {
  return subscribe(plane.webSocket(), LogsStream, variables);
}

type LogPayload = Awaited<ReturnType<ReturnType<typeof lines>['next']>>;

/** The texts of the next batches, until this many have come. */
async function read(stream: ReturnType<typeof lines>, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const payload = await stream.next();
    if (payload.__typename === 'LogBatch') found.push(...payload.lines);
  }
  return found;
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `line ${from + n}`);
const onlyStdout = { filter: { streams: ['STDOUT'] } };

/** Prints, and waits until the lines are seen. */
async function printed(plane: ControlPlane, name: string, texts: readonly string[]): Promise<void> {
  plane.print(name, texts);
  await until(async () => (await tail(plane)) === texts.at(-1), 'the lines are seen');
}

async function tail(plane: ControlPlane): Promise<string | undefined> {
  const { logs } = await plane.data<{ logs: { nodes: { text: string }[] } }>(
    '{ logs(last: 1) { nodes { text } } }',
  );
  return logs.nodes[0]?.text;
}

const cursorOf = (payload: LogPayload) => (payload.__typename === 'LogBatch' ? payload.cursor : '');

it('without a cursor, begins with the last lines, and then delivers what is printed', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  await printed(plane, 'alpha', numbered(0, 50));
  const stream = lines(plane, { last: 3 });
  const first = await stream.next();
  expect(first).toMatchObject({
    __typename: 'LogBatch',
    live: true,
    lines: ['line 47', 'line 48', 'line 49'],
    entries: [{ text: 'line 47', stream: 'STDOUT', app: { name: 'alpha' } }, {}, {}],
  });
  plane.print('alpha', ['fresh']);
  expect(await read(stream, 1)).toEqual(['fresh']);
  await stream.end();
});

it('a line has the same cursor in queries and subscriptions; after it every line comes, and none twice', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  await printed(plane, 'alpha', numbered(0, 20));
  const { logs } = await plane.data<{ logs: { nodes: { text: string; cursor: string }[] } }>(
    '{ logs(filter: { streams: [STDOUT] }) { nodes { text cursor } } }',
  );
  const stream = lines(plane, { ...onlyStdout, last: 20 });
  const payload = await stream.next();
  if (payload.__typename !== 'LogBatch') throw new Error(payload.__typename);
  expect(payload.entries.map(({ text, cursor }) => ({ text, cursor }))).toEqual(logs.nodes);
  const behind = lines(plane, { ...onlyStdout, after: logs.nodes[4]?.cursor });
  expect(await read(behind, 15)).toEqual(numbered(5, 20));
  await stream.end();
  await behind.end();
});

it('begins with 100 lines if `last` is left out or null, and with none for 0', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  await printed(plane, 'alpha', numbered(0, 150));
  for (const variables of [{}, { last: null }]) {
    const stream = lines(plane, variables);
    expect(await read(stream, 100)).toEqual(numbered(50, 150));
    await stream.end();
  }
  const stream = lines(plane, { last: 0 });
  expect(await stream.next()).toMatchObject({ __typename: 'StreamHeartbeat' });
  await stream.end();
});

it('counts the last lines over all selected apps together, and delivers no others', async () => {
  const plane = await startControlPlane();
  for (const name of ['alpha', 'bravo', 'charlie']) await plane.addApp(name);
  await printed(plane, 'alpha', ['a1', 'a2']);
  await printed(plane, 'bravo', ['b1']);
  await printed(plane, 'charlie', ['c1', 'c2', 'c3']);
  const stream = lines(plane, { apps: [{ name: 'alpha' }, { name: 'bravo' }], last: 2 });
  expect(await read(stream, 2)).toEqual(['a2', 'b1']);
  plane.print('charlie', ['c4']);
  plane.print('alpha', ['a3']);
  expect(await read(stream, 1)).toEqual(['a3']);
  await stream.end();
});

it('a filter applies to the backlog and to new lines', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  await printed(plane, 'alpha', ['good', 'bad 1', 'good', 'bad 2']);
  const stream = lines(plane, { filter: { contains: 'bad' } });
  expect(await read(stream, 2)).toEqual(['bad 1', 'bad 2']);
  plane.print('alpha', ['good', 'bad 3']);
  expect(await read(stream, 1)).toEqual(['bad 3']);
  await stream.end();
});

it('sends a heartbeat immediately if there is nothing, and advances past lines that are not selected', async () => {
  const clock = createManualClock();
  const plane = await startControlPlane({ clock });
  await plane.addApp('alpha');
  const stream = lines(plane, { filter: { contains: 'never' } });
  const first = await stream.next();
  expect(first).toMatchObject({ __typename: 'StreamHeartbeat' });
  const start = plane.logs.end().mark;
  const next = stream.next();
  plane.print('alpha', ['not for it']);
  await until(async () => {
    // The timers of the logs use this clock, too.
    await clock.advance(10);
    return plane.logs.end().mark > start;
  }, 'the line is marked');
  await clock.advance(HEARTBEAT);
  const second = await next;
  expect(second).toMatchObject({ __typename: 'StreamHeartbeat' });
  expect(second).not.toEqual(first);
  await stream.end();
});

it('a large backlog comes in batches of at most 1,000 lines, live at its end', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const start = (await lines(plane, { last: 0 }).next()) as { cursor: string };
  await printed(plane, 'alpha', numbered(0, 5_000));
  const stream = lines(plane, { after: start.cursor, ...onlyStdout });
  const batches: string[][] = [];
  let live = false;
  while (!live) {
    const payload = await stream.next();
    if (payload.__typename !== 'LogBatch') throw new Error(payload.__typename);
    batches.push(payload.lines);
    live = payload.live;
  }
  expect(batches.flat()).toEqual(numbered(0, 5_000));
  expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(1_000);
  await stream.end();
});

it('long lines come in smaller batches', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const start = (await lines(plane, { last: 0 }).next()) as { cursor: string };
  const long = numbered(0, 500).map((line) => line.padEnd(10_000, '.'));
  await printed(plane, 'alpha', long);
  const stream = lines(plane, { after: start.cursor, ...onlyStdout });
  const sizes: number[] = [];
  for (let total = 0; total < 500; ) {
    const payload = await stream.next();
    if (payload.__typename !== 'LogBatch') throw new Error(payload.__typename);
    sizes.push(payload.lines.length);
    total += payload.lines.length;
  }
  expect(Math.max(...sizes.slice(1))).toBeLessThan(100);
  await stream.end();
});

it('an unknown app, an invalid cursor and a size out of range are errors with a code', async () => {
  const plane = await startControlPlane();
  await expect(lines(plane, { apps: [{ name: 'nobody' }] }).next()).rejects.toThrow('APP_NOT_FOUND');
  await expect(lines(plane, { after: 'nonsense' }).next()).rejects.toThrow('BAD_CURSOR');
  await expect(lines(plane, { last: -1 }).next()).rejects.toThrow('INVALID_PAGE');
  await expect(lines(plane, { last: 1_001 }).next()).rejects.toThrow('INVALID_PAGE');
  expect(plane.streams()).toBe(0);
});

it('continues after a restart of the control plane: every line comes once', async () => {
  const first = await startControlPlane();
  await first.addApp('alpha');
  const one = lines(first, { ...onlyStdout, last: 0 });
  await one.next();
  first.print('alpha', numbered(0, 10));
  let last = await one.next();
  const seen = last.__typename === 'LogBatch' ? [...last.lines] : [];
  while (seen.length < 10) {
    last = await one.next();
    if (last.__typename === 'LogBatch') seen.push(...last.lines);
  }
  first.print('alpha', numbered(10, 20));
  const plane = await first.restart();
  await until(() => plane.control.supervisor.app({ name: 'alpha' })?.run, 'its run is taken over');
  plane.print('alpha', numbered(20, 30));
  const two = lines(plane, { ...onlyStdout, after: cursorOf(last) });
  expect([...seen, ...(await read(two, 20))]).toEqual(numbered(0, 30));
  await two.end();
});

describe('gaps', () => {
  it('JOURNAL_RESET: reports a cursor of another database, or beyond the end of its epoch, and then delivers all lines', async () => {
    const first = await startControlPlane();
    await first.addApp('alpha');
    await printed(first, 'alpha', ['kept']);
    const { database, epoch } = first.events.identity;
    const plane = await first.restart();
    const end = plane.logs.endOfEpoch(epoch) ?? 0;
    const foreign = encodeLogCursor({ database: 'another', epoch: 1, mark: 1, byte: 1 });
    const beyond = encodeLogCursor({ database, epoch, mark: end + 7, byte: 3 });
    for (const after of [foreign, beyond]) {
      const stream = lines(plane, { after, ...onlyStdout });
      const gap = await stream.next();
      expect(gap).toMatchObject({
        __typename: 'StreamGap',
        lostAfter: after,
        reason: 'JOURNAL_RESET',
        app: null,
      });
      if (gap.__typename !== 'StreamGap') throw new Error('no gap');
      if (after === foreign) expect(await read(stream, 1)).toEqual(['kept']);
      // Continuing after the gap brings no second gap.
      const other = lines(plane, { after: gap.resumeAt, ...onlyStdout });
      expect((await other.next()).__typename).not.toBe('StreamGap');
      await stream.end();
      await other.end();
    }
  });

  it('a gap comes between the lines before and after it', async () => {
    const at = (byte: number): LogPosition => ({ mark: 1, byte });
    const gap: LogGap = { lostAfter: at(2), resumeAt: at(5), reason: 'TRUNCATED_BY_APP', app: 1 };
    const plane = await startControlPlane();
    await plane.addApp('alpha');
    const app = plane.control.supervisor.app({ name: 'alpha' });
    if (!app?.run) throw new Error('no run');
    const entry = (byte: number, text: string) => ({
      entry: {
        position: at(byte),
        app: app.id,
        run: app.run?.id ?? 0,
        stream: 'STDOUT',
        at: 0,
        text,
        truncated: false,
      } as const,
    });
    plane.interpose.follow = async () => ({
      items: [entry(1, 'one'), entry(2, 'two'), { gap: { ...gap, app: app.id } }, entry(6, 'three')],
      position: { mark: 9, byte: 9 },
      atEnd: true,
    });
    const stream = lines(plane, { last: 0 });
    const [before, between, behind] = [await stream.next(), await stream.next(), await stream.next()];
    expect(before).toMatchObject({ __typename: 'LogBatch', lines: ['one', 'two'] });
    expect(between).toMatchObject({
      __typename: 'StreamGap',
      reason: 'TRUNCATED_BY_APP',
      app: { name: 'alpha' },
    });
    expect(behind).toMatchObject({ __typename: 'LogBatch', lines: ['three'] });
    // A client that stops between the two gets the gap when it continues.
    expect(cursorOf(before)).toBe(between.__typename === 'StreamGap' && between.lostAfter);
    await stream.end();
  });
});
