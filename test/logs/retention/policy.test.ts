import { expect, test } from 'vitest';
import { Targets } from '../../../src/logs/retention/policy.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const MB = 1024 * 1024;
const LIMIT = 64 * MB;

/** The app prints for so long at so many bytes a millisecond, seen every four milliseconds. */
async function sample(speed: number, time: number) {
  const clock = createManualClock();
  const targets = new Targets(LIMIT, clock);
  async function print(ms: number): Promise<void> {
    for (let elapsed = 0; elapsed < ms; elapsed += 4) {
      await clock.advance(4);
      targets.grew(1, speed * 4);
    }
  }
  await print(time);
  return { clock, targets, print };
}

test('the log of an app that prints little may fill its limit', async () => {
  const { targets } = await sample(100, 1_000);
  expect(targets.of(1)).toBeGreaterThan(0.99 * LIMIT);
  expect(targets.of(2)).toBe(LIMIT);
});

test('the faster an app prints the earlier its lines are freed, but half the limit is for a burst', async () => {
  const fast = await sample(100_000, 200);
  expect(fast.targets.of(1)).toBeLessThan(LIMIT - 8 * MB);
  expect(fast.targets.of(1)).toBeGreaterThan(LIMIT - 12 * MB);
  const fastest = await sample(1_000_000, 200);
  expect(fastest.targets.of(1)).toBe(LIMIT / 2);
});

test('in a flood a log is kept farther from its limit, and an eighth of it always', async () => {
  const { targets } = await sample(100_000, 800);
  const before = targets.of(1);
  targets.freed(1);
  expect(targets.of(1)).toBeLessThan(before - 8 * MB);
  const fastest = await sample(1_000_000, 200);
  fastest.targets.freed(1);
  expect(fastest.targets.of(1)).toBe(LIMIT / 8);
  expect(fastest.targets.least).toBe(LIMIT / 8);
});

test('a burst that fits its limit is no flood, though its first lines were freed', async () => {
  const { targets, clock, print } = await sample(200_000, 240);
  const before = targets.of(1);
  targets.freed(1);
  expect(targets.of(1)).toBe(before);
  await print(100);
  expect(targets.of(1)).toBeLessThan(before - 16 * MB);
  // After a rest it begins again.
  await clock.advance(2_000);
  targets.freed(1);
  await print(100);
  expect(targets.of(1)).toBeGreaterThan(LIMIT / 2);
});

test('a flood that is held up for a moment is one still; some seconds later it is over', async () => {
  const { targets, clock } = await sample(200_000, 400);
  targets.freed(1);
  const during = targets.of(1);
  await clock.advance(100);
  expect(targets.of(1)).toBeLessThan((LIMIT + during) / 2);
  await clock.advance(5_000);
  expect(targets.of(1)).toBeGreaterThan(0.99 * LIMIT);
});

test('what the first look at a file finds was not printed just now', async () => {
  const clock = createManualClock();
  const targets = new Targets(LIMIT, clock);
  targets.grew(1, 60 * MB);
  await clock.advance(20);
  targets.grew(1, 100);
  expect(targets.of(1)).toBeGreaterThan(0.99 * LIMIT);
});
