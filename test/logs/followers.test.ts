import { expect, test } from 'vitest';
import { Followers } from '../../src/logs/followers.ts';
import { createManualClock } from '../support/manual-clock.ts';

const at = (mark: number, byte = 0) => ({ mark, byte });

test('the oldest mark that is needed is where the slowest follower of the app is', () => {
  const followers = new Followers(createManualClock());
  expect(followers.oldestNeeded(1)).toBe(Number.POSITIVE_INFINITY);
  const slow = followers.begin([1], at(10));
  followers.begin([1, 2], at(50))(at(60));
  followers.begin([3], at(5));
  expect(followers.oldestNeeded(1)).toBe(10);
  expect(followers.oldestNeeded(2)).toBe(60);
  slow(at(70));
  expect(followers.oldestNeeded(1)).toBe(60);
  followers.begin(null, at(20));
  expect(followers.oldestNeeded(1)).toBe(20);
});

test('a follower that does not come back holds nothing', async () => {
  const clock = createManualClock();
  const followers = new Followers(clock);
  followers.begin([1], at(10))(at(11));
  await clock.advance(1_000);
  expect(followers.oldestNeeded(1)).toBe(11);
  await clock.advance(1);
  expect(followers.oldestNeeded(1)).toBe(Number.POSITIVE_INFINITY);
});

test('two followers at one position: the first to go on does not hide the other', () => {
  const followers = new Followers(createManualClock());
  const [fast, slow] = [followers.begin([1], at(10)), followers.begin([1], at(10))];
  fast(at(90));
  expect(followers.oldestNeeded(1)).toBe(10);
  slow(at(20));
  followers.begin([1], at(20))(at(30));
  expect(followers.oldestNeeded(1)).toBe(30);

  // The same between two steps: both wait at 40, and one comes back.
  followers.begin([1], at(30))(at(90));
  const waiting = new Followers(createManualClock());
  for (const step of [waiting.begin([1], at(1)), waiting.begin([1], at(1))]) step(at(40));
  waiting.begin([1], at(40))(at(90));
  expect(waiting.oldestNeeded(1)).toBe(40);
});
