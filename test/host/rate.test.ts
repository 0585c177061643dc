import { expect, test } from 'vitest';
import { createRateLimit } from '../../src/host/rate.ts';

function limit() {
  let now = 0;
  const { take } = createRateLimit({ monotonic: () => now }, { burst: 100, perSecond: 10 });
  const pass = (ms: number) => {
    now += ms;
  };
  return { take, pass };
}

test('a key has a burst, and then so much a second', () => {
  const { take, pass } = limit();
  expect([take('a', 60), take('a', 40), take('a', 1)]).toEqual([null, null, 1]);
  pass(2_000);
  expect([take('a', 20), take('a', 1)]).toEqual([null, 1]);
  pass(86_400_000);
  expect([take('a', 100), take('a', 1)]).toEqual([null, 1]);
});

test('what takes more than is left is let through, and the key waits until its debt is paid', () => {
  const { take, pass } = limit();
  expect([take('a', 200), take('a', 1)]).toEqual([null, 10]);
  pass(9_000);
  expect(take('a', 1)).toBe(1);
  pass(1_001);
  expect(take('a', 1)).toBeNull();
});

test('a refusal takes nothing: who asks on waits no longer', () => {
  const { take, pass } = limit();
  take('a', 150);
  for (let n = 0; n < 1_000; n += 1) expect(take('a', 1_000)).toBe(5);
  pass(5_001);
  expect(take('a', 1)).toBeNull();
});

test('keys do not share, and the one that was used longest ago is forgotten first', () => {
  const { take } = limit();
  take('a', 150);
  take('b', 150);
  for (let n = 0; n < 9_999; n += 1) take(`other ${n}`, 1);
  expect([take('b', 1), take('a', 1)]).toEqual([5, null]);
});
