import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextSteadyTime } from '../../src/core/steady-time.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

test('it goes with the wall clock, and on by the time that passes where that was set back', () => {
  expect(nextSteadyTime(1_000, 500, 1_500)).toBe(1_500);
  expect(nextSteadyTime(10 * YEAR, 500, 1_500)).toBe(10 * YEAR + 500);
});

test('it follows a wall clock that is ahead by a day in an hour, and no further than that clock is', () => {
  expect(nextSteadyTime(0, HOUR, 10 * YEAR)).toBe(24 * HOUR);
  expect(nextSteadyTime(0, HOUR, 5 * HOUR)).toBe(5 * HOUR);
});

test('whatever the clocks do, it never goes back, and never leaps', () => {
  const step = fc.record({ elapsed: fc.integer({ min: -HOUR, max: HOUR }), jump: fc.integer() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let time = 0;
      let wall = 0;
      for (const { elapsed, jump } of steps) {
        wall += elapsed + jump;
        const next = nextSteadyTime(time, elapsed, wall);
        expect(next).toBeGreaterThanOrEqual(time);
        expect(next - time).toBeLessThanOrEqual(24 * Math.max(0, elapsed));
        time = next;
      }
    }),
  );
});
