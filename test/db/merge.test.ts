import { expect, test } from 'vitest';
import { mergeRows } from '../../db/merge.ts';

const rows = (...seqs: number[]) => seqs.map((seq) => ({ seq }));

/** A source that counts what is read of it. */
function source(seqs: readonly number[], forward: boolean) {
  const ordered = [...seqs].sort((a, b) => (forward ? a - b : b - a));
  const counted = { rows: 0 };
  const read = (bound: number | null, limit: number) => {
    const rest = ordered.filter((seq) => bound === null || (forward ? seq > bound : seq < bound));
    const found = rest.slice(0, limit).map((seq) => ({ seq }));
    counted.rows += found.length;
    return found;
  };
  return { read, counted };
}

test.each([
  [[[1, 4], [2, 3], []], 10, true, [1, 2, 3, 4]],
  [[[1, 4], [2, 3], []], 10, false, [4, 3, 2, 1]],
  [
    [
      [1, 4],
      [2, 3],
    ],
    3,
    true,
    [1, 2, 3],
  ],
  [[[], []], 3, true, []],
  [[], 3, true, []],
  [[[5, 6]], 1, false, [6]],
])('%j, at most %d, forward %s: %j', (sources, limit, forward, expected) => {
  const reads = sources.map((seqs) => source(seqs, forward).read);
  expect(mergeRows(reads, limit, forward)).toEqual(rows(...expected));
});

test('a source that gives most of the rows is read on, and the others hardly', () => {
  const long = source(
    Array.from({ length: 1000 }, (_, index) => index),
    true,
  );
  const late = Array.from({ length: 9 }, (_, index) => source([5_000 + index, 6_000 + index], true));
  const merged = mergeRows([long.read, ...late.map(({ read }) => read)], 100, true);
  expect(merged.map((row) => row.seq)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(long.counted.rows).toBeLessThan(120);
});
