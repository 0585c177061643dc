import { expect, test } from 'vitest';
import { Settle } from '../../src/discovery/settle.ts';
import { createManualClock } from '../support/manual-clock.ts';

function setUp() {
  const clock = createManualClock();
  const flushed: string[] = [];
  const settle = new Settle(clock, 200, (names) => flushed.push(`${clock.monotonic()}: ${names.join(' ')}`));
  return { clock, flushed, settle };
}

test('A2: what comes closer together than the settle time is one', async () => {
  const { clock, flushed, settle } = setUp();
  settle.mark('a');
  await clock.advance(150);
  settle.mark('a');
  await clock.advance(150);
  settle.mark('a');
  await clock.advance(199);
  expect(flushed).toEqual([]);
  await clock.advance(1);
  expect(flushed).toEqual(['500: a']);
  await clock.advance(10_000);
  expect(flushed).toHaveLength(1);
  expect(clock.pending()).toBe(0);
});

test('names do not wait for one another, and those of one moment go together', async () => {
  const { clock, flushed, settle } = setUp();
  settle.mark('old-name');
  settle.mark('new-name');
  await clock.advance(100);
  settle.mark('other');
  await clock.advance(1_000);
  expect(flushed).toEqual(['200: old-name new-name', '300: other']);
});

test('a name that is marked all the time comes through all the same', async () => {
  const { clock, flushed, settle } = setUp();
  for (let elapsed = 0; elapsed < 4_500; elapsed += 50) {
    settle.mark('busy');
    await clock.advance(50);
  }
  expect(flushed).toEqual(['2000: busy', '4000: busy']);
});

test('nothing comes after the end', async () => {
  const { clock, flushed, settle } = setUp();
  settle.mark('a');
  settle.close();
  settle.mark('b');
  expect(clock.pending()).toBe(0);
  await clock.advance(1_000);
  expect(flushed).toEqual([]);
});
