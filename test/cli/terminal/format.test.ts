import { expect, test } from 'vitest';
import { bytes, counted, span } from '../../../src/cli/terminal/format.ts';

test.each([
  [-5, '0s'],
  [999, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [83_000, '1m 23s'],
  [3_600_000, '1h'],
  [7_500_000, '2h 5m'],
  [86_400_000 * 400, '400d'],
  [86_400_000 * 3 + 3_600_000, '3d 1h'],
])('%i milliseconds are %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 KB'],
  [45_862_912, '43.7 MB'],
  [500 * 2 ** 20, '500 MB'],
  [3 * 2 ** 40, '3.0 TB'],
  [5_000 * 2 ** 40, '5000 TB'],
])('%i bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

test('one thing is singular', () => {
  expect([counted(1, 'run'), counted(2, 'run'), counted(0, 'process', 'processes')]).toEqual([
    '1 run',
    '2 runs',
    '0 processes',
  ]);
});
