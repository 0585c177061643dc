import { expect, test } from 'vitest';
import { createManualClock } from './manual-clock.ts';

test('timers fall due in the order of their time, each at its own time', async () => {
  const clock = createManualClock(1_000);
  const seen: string[] = [];
  const note = (what: string) => () => seen.push(`${what}@${clock.now()}`);
  clock.after(20, note('second'));
  clock.after(10, () => {
    seen.push(`first@${clock.monotonic()}`);
    clock.after(5, note('between'));
  });
  clock.after(20, note('third'));
  clock.after(31, note('never'));
  await clock.advance(30);
  expect(seen).toEqual(['first@10', 'between@1015', 'second@1020', 'third@1020']);
  expect(clock.pending()).toBe(1);
  expect(clock.now()).toBe(1_030);
});

test('a cancelled timer is gone, and a jump of the wall clock moves no timer', async () => {
  const clock = createManualClock(0);
  let fired = 0;
  const cancel = clock.after(10, () => fired++);
  clock.after(10, () => fired++);
  cancel();
  clock.jump(3_600_000);
  await clock.advance(9);
  expect(fired).toBe(0);
  await clock.advance(1);
  expect(fired).toBe(1);
  expect(clock.now()).toBe(3_600_010);
  expect(clock.monotonic()).toBe(10);
});

test('promises run before the next timer does', async () => {
  const clock = createManualClock();
  const seen: string[] = [];
  clock.after(1, () => void Promise.resolve().then(() => seen.push('promise')));
  clock.after(2, () => seen.push('timer'));
  await clock.advance(2);
  expect(seen).toEqual(['promise', 'timer']);
});
