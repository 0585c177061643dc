import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aMark } from '../rows.ts';
import { openTemporary, temporaryDirectory } from '../support.ts';

/** A step of the time from one mark to the next, in ms: mostly forward, now and then far back. */
const step = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: -900, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -3_600_000, max: 3_600_000 }) },
);

test('the first mark since a time is exact, whatever the clock did, over restarts and removals', () => {
  const file = join(temporaryDirectory(), 'toehold.db');
  let stores = openTemporary(file);
  const history = fc.array(fc.record({ step, app: fc.integer({ min: 1, max: 3 }), restart: fc.boolean() }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(history, fc.nat(), fc.infiniteStream(fc.nat()), (steps, removed, choices) => {
      for (const app of [1, 2, 3]) stores.marks.removeApp(app);
      let at = 1_900_000_000_000;
      const kept = steps.flatMap(({ step, app, restart }, index) => {
        at += step;
        if (restart && index % 20 === 0) {
          stores.close();
          stores = openTemporary(file);
        }
        return stores.marks.append([aMark(app, { at })]);
      });
      const gone = kept[removed % kept.length]?.seq ?? 0;
      stores.marks.prune(1, gone, []);
      const left = kept.filter((mark) => mark.app !== 1 || mark.seq > gone);
      for (let question = 0; question < 10; question += 1) {
        const [pick = 0, offset = 0] = [...choices.take(2)];
        const time = (kept[pick % kept.length]?.at ?? 0) + (offset % 3) - 1;
        const found = (apps: readonly number[] | null) =>
          left.find((mark) => mark.at >= time && (apps?.includes(mark.app) ?? true))?.seq ?? null;
        for (const apps of [null, [1], [2, 3], []]) {
          expect(stores.marks.firstSince(apps, time)).toBe(found(apps));
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a clock that was set back an hour does not hide what came later', () => {
  const { marks } = openTemporary();
  const hour = 3_600_000;
  const times = [10 * hour, 11 * hour, 10 * hour + 1, 10 * hour + 2, 12 * hour];
  marks.append(times.map((at) => aMark(1, { at })));
  expect(marks.firstSince(null, 10 * hour + 1)).toBe(2);
  expect(marks.firstSince(null, 11 * hour + 1)).toBe(5);
  expect(marks.firstSince(null, 13 * hour)).toBeNull();
});

test('among many marks, only a few are looked at', () => {
  const { marks } = openTemporary();
  for (let from = 0; from < 100_000; from += 10_000) {
    marks.append(
      Array.from({ length: 10_000 }, (_, index) => aMark(1 + (index % 2), { at: (from + index) * 1_000 })),
    );
  }
  expect(marks.firstSince(null, 77_777_000)).toBe(77_778);
  const begun = performance.now();
  for (let round = 0; round < 100; round += 1) marks.firstSince([2], round * 1_000_000);
  // Reading 100,000 marks once takes longer than this.
  expect(performance.now() - begun).toBeLessThan(300);
});
