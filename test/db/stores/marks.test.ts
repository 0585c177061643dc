import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Mark, MarkScan } from '../../../src/contracts/marks.ts';
import { aMark } from '../rows.ts';
import { openTemporary, temporaryDirectory } from '../support.ts';

const STREAMS = ['STDOUT', 'STDERR', 'SUPERVISOR'] as const;
const EVERY: MarkScan = { apps: null, after: 0, before: null, limit: 10_000, forward: true };

describe('marks', () => {
  test('a mark is kept as it was given, with the next number, over a restart too', () => {
    const file = join(temporaryDirectory(), 'toehold.db');
    const first = openTemporary(file);
    const long = { generation: 3, from: 5_000_000_000, to: 5_000_000_700, at: 1_900_000_000_123 };
    const added = first.marks.append([
      aMark(1, { ...long, stream: 'SUPERVISOR', tail: new Uint8Array([0, 255, 10]) }),
      aMark(2, { tail: new Uint8Array() }),
    ]);
    expect(added.map((mark) => mark.seq)).toEqual([1, 2]);
    expect(first.marks.last()).toBe(2);
    first.close();
    const { marks } = openTemporary(file);
    const kept = marks.scan(EVERY).map((mark) => ({ ...mark, tail: new Uint8Array(mark.tail) }));
    expect(kept).toEqual(added.map((mark) => ({ ...mark, tail: new Uint8Array(mark.tail) })));
    expect(marks.get(1)).toEqual({ ...added[0], tail: Buffer.from([0, 255, 10]) });
    expect(marks.get(3)).toBeNull();
  });

  test('the last of a run and a stream is where the last look stopped', () => {
    const { marks } = openTemporary();
    marks.append([aMark(1, { run: 5, to: 10 }), aMark(1, { run: 5, to: 20, stream: 'STDERR' })]);
    marks.append([aMark(1, { run: 5, from: 10, to: 30 }), aMark(1, { run: 6, to: 7 }), aMark(2, { run: 8 })]);
    expect(marks.lastOfRun(5, 'STDOUT')?.to).toBe(30);
    expect(marks.lastOfRun(5, 'STDERR')?.to).toBe(20);
    expect(marks.lastOfRun(5, 'SUPERVISOR')).toBeNull();
    expect(marks.lastOfRun(6, 'STDOUT')?.to).toBe(7);
  });

  test('none of several is kept where one cannot be, and the number is free again', () => {
    const { marks } = openTemporary();
    const broken = aMark(1, { generation: null as unknown as number });
    expect(() => marks.append([aMark(1), broken])).toThrow('NOT NULL');
    expect(marks.scan(EVERY)).toEqual([]);
    expect(marks.lastOfRun(10, 'STDOUT')).toBeNull();
    expect(marks.append([aMark(1)])[0]?.seq).toBe(1);
  });

  test('what a scan finds is what a filter over all marks finds', () => {
    const { marks } = openTemporary();
    const all: Mark[] = [];
    // Three apps of different talkativeness, whose runs follow one another and overlap a little.
    for (let index = 0; index < 1_500; index += 1) {
      const app = index % 7 === 0 ? 2 : index % 31 === 0 ? 3 : 1;
      const run = app * 100 + Math.floor((index + (index % 3)) / 300);
      const stream = STREAMS[index % 11 === 0 ? 1 : index % 101 === 0 ? 2 : 0] ?? 'STDOUT';
      all.push(...marks.append([aMark(app, { run, stream, from: index, to: index + 1 })]));
    }
    const bound = fc.integer({ min: 0, max: 1_510 });
    const scans = fc.record({
      apps: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 4 }))),
      run: fc.option(fc.integer({ min: 98, max: 305 }), { nil: undefined }),
      streams: fc.option(fc.array(fc.constantFrom(...STREAMS), { maxLength: 5 }), { nil: undefined }),
      after: bound,
      before: fc.option(bound),
      limit: fc.integer({ min: 1, max: 400 }),
      forward: fc.boolean(),
    });
    fc.assert(
      fc.property(scans, (scan) => {
        const { run, streams } = scan;
        const query: MarkScan = {
          ...{
            apps: scan.apps,
            after: scan.after,
            before: scan.before,
            limit: scan.limit,
            forward: scan.forward,
          },
          ...(run === undefined ? {} : { run }),
          ...(streams === undefined ? {} : { streams }),
        };
        const matching = all.filter(
          (mark) =>
            (scan.apps?.includes(mark.app) ?? true) &&
            (run === undefined || mark.run === run) &&
            (streams?.includes(mark.stream) ?? true) &&
            mark.seq > scan.after &&
            mark.seq < (scan.before ?? Number.POSITIVE_INFINITY),
        );
        if (!scan.forward) matching.reverse();
        const expected = matching.slice(0, scan.limit).map((mark) => mark.seq);
        expect(marks.scan(query).map((mark) => mark.seq)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('removal of marks', () => {
  test('prune keeps what is named, returns where the gap ends, and changes only that app', () => {
    const { marks } = openTemporary();
    marks.append([aMark(1, { to: 10 }), aMark(2), aMark(1, { stream: 'STDERR', to: 5 })]);
    marks.append([aMark(1, { from: 10, to: 33 }), aMark(1, { from: 33, to: 40 })]);
    expect(marks.lost()).toEqual(new Map());
    expect(marks.count(1)).toBe(4);
    marks.prune(1, 4, [3]);
    expect(marks.scan(EVERY).map((mark) => mark.seq)).toEqual([2, 3, 5]);
    expect(marks.lost()).toEqual(new Map([[1, { mark: 4, byte: 33 }]]));
    expect(marks.lastOfRun(10, 'STDERR')?.seq).toBe(3);
    expect(marks.lastOfRun(10, 'STDOUT')?.seq).toBe(5);
    expect([marks.first(), marks.first(1), marks.first(2), marks.first(3)]).toEqual([2, 3, 2, 0]);
    expect(marks.count(1)).toBe(2);
    marks.prune(1, 3, []);
    expect(marks.lost()).toEqual(new Map([[1, { mark: 4, byte: 33 }]]));
    expect(marks.scan({ ...EVERY, apps: [1] }).map((mark) => mark.seq)).toEqual([5]);
  });

  test('a run, or an app, is removed whole and alone; its gap stays known', () => {
    const { marks } = openTemporary();
    const seqs = (app: number) => marks.scan({ ...EVERY, apps: [app] }).map((mark) => mark.seq);
    marks.append([aMark(1, { run: 1 }), aMark(1, { run: 2 }), aMark(2, { run: 3 })]);
    marks.append([aMark(1, { run: 1, stream: 'SUPERVISOR' }), aMark(1, { run: 2 })]);
    marks.removeRun(1);
    expect([seqs(1), seqs(2)]).toEqual([[2, 5], [3]]);
    expect(marks.lastOfRun(1, 'STDOUT')).toBeNull();
    marks.prune(1, 2, []);
    marks.removeApp(1);
    expect([seqs(1), seqs(2)]).toEqual([[], [3]]);
    expect(marks.count(1)).toBe(0);
    expect(marks.lost()).toEqual(new Map([[1, { mark: 2, byte: 12 }]]));
  });

  test('the number of a removed mark is not given again, after a restart either', () => {
    const file = join(temporaryDirectory(), 'toehold.db');
    const first = openTemporary(file);
    first.marks.append([aMark(1), aMark(2), aMark(1)]);
    first.marks.removeApp(1);
    expect(first.marks.last()).toBe(3);
    first.close();
    const second = openTemporary(file);
    expect(second.marks.last()).toBe(3);
    expect(second.marks.append([aMark(1)])[0]?.seq).toBe(4);
  });

  test('a count goes on over a rollback', async () => {
    const { marks, transaction } = openTemporary();
    marks.append([aMark(1)]);
    expect(marks.count(1)).toBe(1);
    expect(() =>
      transaction(() => {
        marks.append([aMark(1), aMark(1)]);
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect([marks.count(1), marks.last()]).toEqual([1, 1]);
    expect(await marks.checkpoint()).toBe(true);
  });
});
