import { expect, test } from 'vitest';
import { Slices } from '../../src/host/event-loop.ts';

test('lets the event loop turn once per slice, and in between the work goes on at once', async () => {
  const slices = new Slices(3);
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  expect([slices.after(), slices.after(1.5)]).toEqual([undefined, undefined]);
  const pause = slices.after();
  expect(pause).toBeInstanceOf(Promise);
  expect(turned).toBe(false);
  await pause;
  expect(turned).toBe(true);
  expect(slices.after(2)).toBeUndefined();
});
