import { describe, expect, test } from 'vitest';
import { type Bench, createBench, identityOf } from './support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function logIn(bench: Bench, parentEnd: number | null = null) {
  const { token, text } = bench.access.create({ name: 'first', role: 'ADMIN', expiresAt: parentEnd });
  const secret = bench.access.createLink(identityOf(bench, text), 'ADMIN')?.secret ?? '';
  const session = bench.access.redeemLink(secret);
  if (!session) throw new Error('there is no session');
  const use = () => bench.access.used(identityOf(bench, session.text));
  const isGood = () => bench.access.authenticate(session.text) !== null;
  const endsAt = () => bench.stores.tokens.get(session.token.id)?.expiresAt ?? 0;
  return { id: session.token.id, text: session.text, parent: token.id, use, isGood, endsAt };
}

describe('a session', () => {
  test('ends when it was unused for 12 hours, and its streams with it', async () => {
    const bench = createBench();
    const { text, isGood } = logIn(bench);
    const { ended } = identityOf(bench, text);
    bench.clock.jump(12 * HOUR - 1);
    expect([isGood(), ended.aborted]).toEqual([true, false]);
    await bench.clock.advance(1);
    expect([isGood(), bench.access.tokens().length]).toEqual([false, 1]);
    await bench.clock.advance(500);
    expect(ended.aborted).toBe(true);
  });

  test('lasts from use to use, to the minute, for 30 days at most', async () => {
    const bench = createBench();
    const { use, isGood, endsAt } = logIn(bench);
    const start = bench.clock.now();
    for (let hours = 0; hours < 30 * 24 - 11; hours += 11) {
      use();
      expect(endsAt()).toBe(Math.min(bench.clock.now() + 12 * HOUR, start + 30 * DAY));
      bench.clock.jump(11 * HOUR);
    }
    use();
    bench.clock.jump(start + 30 * DAY - bench.clock.now() - 1);
    use();
    expect(isGood()).toBe(true);
    bench.clock.jump(1);
    expect(isGood()).toBe(false);
  });

  test('that is only shown, without the proof that it needs, is not used by that', async () => {
    const bench = createBench();
    const { isGood } = logIn(bench);
    for (let hours = 0; hours < 11; hours += 1) {
      expect(isGood()).toBe(true);
      bench.clock.jump(HOUR);
    }
    bench.clock.jump(HOUR);
    expect(isGood()).toBe(false);
  });

  test('is in use as long as one of its streams is open', async () => {
    const bench = createBench(undefined, 2 * MINUTE);
    const { text, isGood } = logIn(bench);
    const identity = identityOf(bench, text);
    const close = bench.access.streamOpened(identity);
    await bench.clock.advance(5 * MINUTE);
    expect([isGood(), identity.ended.aborted]).toEqual([true, false]);
    close();
    bench.clock.jump(MINUTE);
    expect(isGood()).toBe(true);
    bench.clock.jump(MINUTE);
    expect(isGood()).toBe(false);
  });

  test('ends though a stream is open, where the machine slept for longer, and the end of the stream does not revive it', async () => {
    const bench = createBench();
    const { text, isGood } = logIn(bench);
    const identity = identityOf(bench, text);
    const close = bench.access.streamOpened(identity);
    bench.clock.jump(13 * HOUR);
    close();
    expect(isGood()).toBe(false);
    await bench.clock.advance(500);
    expect([isGood(), identity.ended.aborted]).toEqual([false, true]);
  });

  test('that has ended is not revived by a use that is noted late', async () => {
    const bench = createBench();
    const { text, isGood } = logIn(bench);
    const identity = identityOf(bench, text);
    bench.clock.jump(12 * HOUR);
    bench.access.used(identity);
    expect(isGood()).toBe(false);
  });

  test('does not outlive its parent, however much it is used', async () => {
    const bench = createBench();
    const end = bench.clock.now() + 13 * HOUR;
    const { use, endsAt } = logIn(bench, end);
    bench.clock.jump(11 * HOUR);
    use();
    expect(endsAt()).toBe(end);
  });

  test('of a short time is noted often enough for it', async () => {
    const bench = createBench(undefined, 12_000);
    const { use, isGood } = logIn(bench);
    for (let seconds = 0; seconds < 60; seconds += 1) {
      use();
      await bench.clock.advance(1_000);
    }
    expect(isGood()).toBe(true);
    await bench.clock.advance(11_000);
    expect(isGood()).toBe(false);
  });
});

test('a token that a person made does not end by being unused', async () => {
  const bench = createBench();
  const { text } = bench.access.create({ name: 'ci', role: 'VIEWER', expiresAt: null });
  bench.access.used(identityOf(bench, text));
  bench.clock.jump(40 * DAY);
  expect(bench.access.authenticate(text)).not.toBeNull();
});
