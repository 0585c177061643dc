import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/drivers/system-clock.ts';

const clock = createSystemClock();

test('a timer calls back once, and its span has passed by then', async () => {
  const begun = clock.monotonic();
  await new Promise<void>((resolve) => clock.after(20, resolve));
  expect(clock.monotonic() - begun).toBeGreaterThanOrEqual(19);
});

test('a cancelled timer does not call back', async () => {
  let called = false;
  const cancel = clock.after(1, () => {
    called = true;
  });
  cancel();
  await new Promise<void>((resolve) => clock.after(10, resolve));
  expect(called).toBe(false);
});

test('a span of months does not fire at once, as setTimeout would', async () => {
  let called = false;
  const cancel = clock.after(90 * 86_400_000, () => {
    called = true;
  });
  await new Promise<void>((resolve) => clock.after(20, resolve));
  cancel();
  expect(called).toBe(false);
});
