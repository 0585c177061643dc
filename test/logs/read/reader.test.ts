import { appendFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { LogEntryRecord, LogPage, LogQuery } from '../../../src/contracts/logs.ts';
import type { LogPosition } from '../../../src/core/cursor.ts';
import { BEGIN, EVERYTHING, type OpenLogs, openLogs, tempDir } from '../../support/logs.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const texts = (page: LogPage) => page.entries.map((entry) => entry.text);

/** Marks what was written so far. */
function mark(logs: OpenLogs, run: number): void {
  // The supervisor's empty line has no text, so it is in no answer.
  logs.runLogs.write(run, '');
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Three runs of two apps, with lines a, b, c, ... in marks of two lines. */
async function sample(): Promise<OpenLogs> {
  const clock = createManualClock(1_000);
  const logs = openLogs(tempDir(), { clock });
  for (const [run, app] of [
    [1, 1],
    [2, 2],
    [3, 2],
  ] as const) {
    logs.open(run, app);
  }
  const print = async (run: number, stream: 'STDOUT' | 'STDERR', text: string) => {
    appendFileSync(logs.file(run, stream), text);
    mark(logs, run);
    await turn();
    await clock.advance(100);
  };
  await print(1, 'STDOUT', 'a1\na2\n');
  await print(2, 'STDOUT', 'b1\nb2\n');
  await print(1, 'STDERR', 'c1\n\nc2\n');
  await print(3, 'STDOUT', 'd1\nd2\n');
  return logs;
}

const ALL = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd1', 'd2'];

async function pages(logs: OpenLogs, query: LogQuery, limit: number, forward: boolean): Promise<string[]> {
  const collected: LogEntryRecord[] = [];
  let edge: LogPosition | null = null;
  for (;;) {
    const page: LogPage = await logs.reader.page(query, {
      after: forward ? edge : null,
      before: forward ? null : edge,
      limit,
      forward,
    });
    if (forward) collected.push(...page.entries);
    else collected.unshift(...page.entries);
    if (!(forward ? page.hasNextPage : page.hasPreviousPage)) break;
    edge = (forward ? page.entries.at(-1) : page.entries[0])?.position ?? null;
  }
  return collected.map((entry) => entry.text);
}

test('pages of any size, from either end, tell every line once and in order', async () => {
  const logs = await sample();
  for (let limit = 1; limit <= 9; limit++) {
    expect(await pages(logs, EVERYTHING, limit, true)).toEqual(ALL);
    expect(await pages(logs, EVERYTHING, limit, false)).toEqual(ALL);
  }
});

test('a page says whether there are others on either side', async () => {
  const logs = await sample();
  const page = (after: LogPosition | null, before: LogPosition | null, limit: number, forward: boolean) =>
    logs.reader.page(EVERYTHING, { after, before, limit, forward });
  const all = (await page(null, null, 100, true)).entries;
  const [first, second, third] = all.map((entry) => entry.position);
  const last = all.at(-1)?.position;
  if (!first || !second || !third || !last) throw new Error('too few lines');

  expect(await page(null, null, 2, true)).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
  expect(await page(first, null, 2, true)).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
  expect(await page(BEGIN, null, 8, true)).toMatchObject({ hasPreviousPage: false, hasNextPage: false });
  expect(await page(null, null, 2, false)).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
  expect(await page(null, last, 100, false)).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
  const between = await page(first, last, 2, true);
  expect(texts(between)).toEqual(['a2', 'b1']);
  expect(texts(await page(first, last, 2, false))).toEqual(['c2', 'd1']);
  expect(texts(await page(first, third, 9, true))).toEqual(['a2']);
});

test('a query and a follower tell the same lines with the same cursors, wherever the follower begins', async () => {
  const logs = await sample();
  const { entries } = await logs.reader.page(EVERYTHING, {
    after: null,
    before: null,
    limit: 100,
    forward: true,
  });
  expect(await logs.lines()).toEqual(entries);
  for (const [index, entry] of entries.entries()) {
    const rest = (await logs.drain(entry.position)).items.map((item) => 'entry' in item && item.entry);
    expect(rest).toEqual(entries.slice(index + 1));
  }
});

test('by app, run, stream, time and text', async () => {
  const logs = await sample();
  const found = async (query: Partial<LogQuery>) => {
    const both = [true, false].map((forward) =>
      logs.reader.page({ apps: null, ...query }, { after: null, before: null, limit: 100, forward }),
    );
    const [one, other] = await Promise.all(both);
    expect(other?.entries).toEqual(one?.entries);
    expect(await logs.lines({ apps: null, ...query })).toEqual(one?.entries);
    return one && texts(one);
  };
  expect(await found({ apps: [1] })).toEqual(['a1', 'a2', 'c1', 'c2']);
  expect(await found({ apps: [2] })).toEqual(['b1', 'b2', 'd1', 'd2']);
  expect(await found({ apps: [1, 2] })).toEqual(ALL);
  expect(await found({ apps: [] })).toEqual([]);
  expect(await found({ apps: [2], run: 3 })).toEqual(['d1', 'd2']);
  expect(await found({ streams: ['STDERR'] })).toEqual(['c1', 'c2']);
  expect(await found({ streams: [] })).toEqual([]);
  expect(await found({ contains: '2' })).toEqual(['a2', 'b2', 'c2', 'd2']);
  expect(await found({ contains: 'A' })).toEqual([]);
  expect(await found({ contains: '' })).toEqual(ALL);
  expect(await found({ since: 1_100 })).toEqual(['b1', 'b2', 'c1', 'c2', 'd1', 'd2']);
  expect(await found({ until: 1_199 })).toEqual(['a1', 'a2', 'b1', 'b2']);
  expect(await found({ since: 1_101, until: 1_200 })).toEqual(['c1', 'c2']);
  expect(await found({ since: 9_000 })).toEqual([]);
});

test('`startOf` is the position from which a follower reads the last lines that match', async () => {
  const logs = await sample();
  const from = async (query: LogQuery, last: number) => {
    const start = await logs.reader.startOf(query, last);
    return (await logs.drain(start, query)).items.map((item) => 'entry' in item && item.entry.text);
  };
  expect(await from(EVERYTHING, 3)).toEqual(['c2', 'd1', 'd2']);
  expect(await from(EVERYTHING, 100)).toEqual(ALL);
  expect(await from(EVERYTHING, 0)).toEqual([]);
  expect(await from({ apps: [1], contains: '2' }, 1)).toEqual(['c2']);
  expect(await from({ apps: [9] }, 5)).toEqual([]);
  expect(logs.reader.end()).toEqual(await logs.reader.startOf(EVERYTHING, 0));
});

test('a follower whose filter matches nothing moves on all the same', async () => {
  const logs = await sample();
  const read = await logs.reader.follow({ apps: null, contains: 'nowhere' }, BEGIN, 10);
  expect(read.items).toEqual([]);
  expect(read.atEnd).toBe(true);
  expect(read.position).toEqual(logs.reader.end());
});

test('a follower gets no more than its limit, and says that there is more', async () => {
  const logs = await sample();
  const read = await logs.reader.follow(EVERYTHING, BEGIN, 3);
  expect(read.items.length).toBe(3);
  expect(read.atEnd).toBe(false);
});

test('lines of every length are the same from either end', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  const lengths = [
    1, 100, 16_383, 16_384, 16_385, 40_000, 65_534, 65_535, 65_536, 65_537, 70_000, 140_000, 3, 200_001,
  ];
  const written = lengths.map((length, index) => String.fromCharCode(97 + index).repeat(length));
  appendFileSync(logs.file(1, 'STDOUT'), `${written.join('\n')}\n`);
  await logs.runLogs.finish(1);
  const expected = written.map((text) => text.slice(0, 16_384));
  const read = async (forward: boolean) =>
    (await logs.reader.page(EVERYTHING, { after: null, before: null, limit: 100, forward })).entries;
  expect((await read(true)).map((entry) => entry.text)).toEqual(expected);
  expect(await read(false)).toEqual(await read(true));
  expect((await read(true)).map((entry) => entry.truncated)).toEqual(
    lengths.map((length) => length > 16_384),
  );
  for (const limit of [1, 2, 5]) {
    expect(await pages(logs, EVERYTHING, limit, true)).toEqual(expected);
    expect(await pages(logs, EVERYTHING, limit, false)).toEqual(expected);
  }
});

test('a search finds words that lie across the pieces it reads, and not in the part of a line that was cut', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  const lines = Array.from({ length: 3_000 }, (_, k) => `${k} ${'ab'.repeat(k % 50)}`);
  lines[1_500] = `${'x'.repeat(20_000)}needle`;
  lines[2_000] = 'the needle, with ü';
  appendFileSync(logs.file(1, 'STDOUT'), `${lines.join('\n')}\n`);
  await logs.runLogs.finish(1);
  const found = await logs.texts({ apps: null, contains: 'needle' });
  expect(found).toEqual(['the needle, with ü']);
  expect(await logs.texts({ apps: null, contains: 'ü' })).toEqual(['the needle, with ü']);
  for (const k of [1, 777, 2_999]) {
    expect(await logs.texts({ apps: null, contains: `${k} ${'ab'.repeat(k % 50)}` })).toContain(lines[k]);
  }
});

test('a bad byte can be searched for by the character that stands for it', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  appendFileSync(logs.file(1, 'STDOUT'), Buffer.from([0x61, 0xff, 0x0a, 0x62, 0x0a]));
  await logs.runLogs.finish(1);
  expect(await logs.texts({ apps: null, contains: '\ufffd' })).toEqual(['a\ufffd']);
});

test('files that are gone are like empty ones, and the other lines stay', async () => {
  const logs = await sample();
  rmSync(logs.file(1, 'STDOUT'));
  expect(await logs.texts()).toEqual(['b1', 'b2', 'c1', 'c2', 'd1', 'd2']);
  rmSync(logs.runDir(2), { recursive: true });
  expect(await pages(logs, EVERYTHING, 2, false)).toEqual(['c1', 'c2', 'd1', 'd2']);
});

test('bytes that were written over are not read under the old cursors', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  appendFileSync(logs.file(1, 'STDOUT'), 'old one\nold two\n');
  await logs.runLogs.finish(1);
  const other = openLogs(logs.directory);
  rmSync(logs.file(1, 'STDOUT'));
  appendFileSync(logs.file(1, 'STDOUT'), 'new one\nnew two\nnew three\n');
  expect(await other.texts()).toEqual([]);
});

test('an answer that reads 30 MB lets the loop turn meanwhile', async () => {
  const logs = openLogs(tempDir());
  logs.open(1);
  appendFileSync(logs.file(1, 'STDOUT'), `${'z'.repeat(99)}\n`.repeat(300_000));
  await logs.runLogs.finish(1);
  let turns = 0;
  const count = () => {
    turns++;
    handle = setImmediate(count);
  };
  let handle = setImmediate(count);
  const page = await logs.reader.page(
    { apps: null, contains: 'nothing' },
    { after: null, before: null, limit: 10, forward: false },
  );
  clearImmediate(handle);
  expect(page.entries).toEqual([]);
  expect(turns).toBeGreaterThan(400);
});
