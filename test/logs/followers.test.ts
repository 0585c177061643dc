import { expect, test } from 'vitest';
import { createReaders } from '../../src/logs/followers.ts';
import { createManualClock } from '../support/manual-clock.ts';

const at = (mark: number, byte = 0) => ({ mark, byte });

test('the oldest mark that is wanted is where the slowest follower of the app is', () => {
  const readers = createReaders(createManualClock());
  expect(readers.oldestWanted(1)).toBe(Number.POSITIVE_INFINITY);
  const slow = readers.reading([1], at(10));
  readers.reading([1, 2], at(50))(at(60));
  readers.reading([3], at(5));
  expect(readers.oldestWanted(1)).toBe(10);
  expect(readers.oldestWanted(2)).toBe(60);
  slow(at(70));
  expect(readers.oldestWanted(1)).toBe(60);
  readers.reading(null, at(20));
  expect(readers.oldestWanted(1)).toBe(20);
});

test('a follower that does not come back holds nothing', async () => {
  const clock = createManualClock();
  const readers = createReaders(clock);
  readers.reading([1], at(10))(at(11));
  await clock.advance(1_000);
  expect(readers.oldestWanted(1)).toBe(11);
  await clock.advance(1);
  expect(readers.oldestWanted(1)).toBe(Number.POSITIVE_INFINITY);
});

test('two followers at one position: the first to go on hides the other from nobody', () => {
  const readers = createReaders(createManualClock());
  const [fast, slow] = [readers.reading([1], at(10)), readers.reading([1], at(10))];
  fast(at(90));
  expect(readers.oldestWanted(1)).toBe(10);
  slow(at(20));
  readers.reading([1], at(20))(at(30));
  expect(readers.oldestWanted(1)).toBe(30);

  // The same between two steps: both wait at 40, and one comes back.
  readers.reading([1], at(30))(at(90));
  const waiting = createReaders(createManualClock());
  for (const step of [waiting.reading([1], at(1)), waiting.reading([1], at(1))]) step(at(40));
  waiting.reading([1], at(40))(at(90));
  expect(waiting.oldestWanted(1)).toBe(40);
});
