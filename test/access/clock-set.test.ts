import { describe, expect, onTestFinished, test } from 'vitest';
import { startUpkeep } from '../../src/access/index.ts';
import { anAuditEntry, aToken } from '../db/rows.ts';
import { type Bench, createBench, identityOf } from './support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TEN_YEARS = 3_650 * DAY;

function upkeep(bench: Bench): () => void {
  const { stores, clock, time, problems } = bench;
  const problem = (_data: object, message: string) => void problems.push(message);
  const stop = startUpkeep({
    ...{ tokens: stores.tokens, audit: stores.audit, clock, time, auditRetention: 90 * DAY },
    ...{ liveRuns: () => [], keep: [], logger: { info() {}, warn: problem, error: problem } },
  });
  onTestFinished(stop);
  return stop;
}

/** A token that lasts an hour. */
function hourToken({ access }: Bench, name = 'ci'): string {
  return access.create({ name, role: 'OPERATOR', expiresAt: access.time() + HOUR }).text;
}

describe('the clock is set back', () => {
  test.each([HOUR, TEN_YEARS])(
    'by %d ms: a token that has expired stays ended, after a restart too',
    async (by) => {
      const bench = createBench();
      const text = hourToken(bench);
      await bench.clock.advance(HOUR);
      expect(bench.access.authenticate(text)).toBeNull();
      bench.clock.jump(-by);
      expect(bench.access.authenticate(text)).toBeNull();
      expect(createBench(bench).access.authenticate(text)).toBeNull();
    },
  );

  test('a token that is not used ends, too: the server looks every five minutes and at its start', async () => {
    const bench = createBench();
    const text = hourToken(bench);
    const stop = upkeep(bench);
    await bench.clock.advance(HOUR + 5 * MINUTE);
    bench.clock.jump(-TEN_YEARS);
    expect(createBench(bench).access.authenticate(text)).toBeNull();
    stop();

    const down = createBench();
    const other = hourToken(down);
    down.time.keep();
    down.clock.jump(2 * HOUR);
    const next = createBench(down);
    upkeep(next)();
    next.clock.jump(-TEN_YEARS);
    expect(createBench(next).access.authenticate(other)).toBeNull();
  });

  test('a token lasts no longer for it: the hour goes on, over restarts', async () => {
    const bench = createBench();
    const stop = upkeep(bench);
    const text = hourToken(bench);
    await bench.clock.advance(30 * MINUTE);
    bench.clock.jump(-TEN_YEARS);
    await bench.clock.advance(20 * MINUTE);
    stop();
    const next = createBench(bench);
    upkeep(next);
    expect(next.access.authenticate(text)).not.toBeNull();
    await bench.clock.advance(10 * MINUTE - 1);
    const identity = identityOf(next, text);
    await bench.clock.advance(1);
    expect(next.access.authenticate(text)).toBeNull();
    await bench.clock.advance(500);
    expect(identity.ended.aborted).toBe(true);
  });

  test('what is made then lasts as long as it should', async () => {
    const bench = createBench();
    const owner = bench.access.create({ name: 'first', role: 'ADMIN', expiresAt: null });
    const before = bench.clock.now();
    bench.clock.jump(-TEN_YEARS);
    const text = hourToken(bench);
    const link = bench.access.createLink(identityOf(bench, owner.text), 'ADMIN');
    const session = bench.access.redeemLink(link?.secret ?? '');
    expect(session?.token.expiresAt).toBe(before + DAY / 2);
    bench.access.used(identityOf(bench, session?.text ?? ''));
    expect(bench.access.authenticate(session?.text ?? '')).not.toBeNull();
    await bench.clock.advance(HOUR - 1);
    expect(bench.access.authenticate(text)).not.toBeNull();
    await bench.clock.advance(1);
    expect(bench.access.authenticate(text)).toBeNull();
  });

  test('a session and a link end by the time that passed', async () => {
    const bench = createBench();
    const owner = identityOf(bench, hourToken(bench));
    const session = bench.access.redeemLink(bench.access.createLink(owner, 'VIEWER')?.secret ?? '');
    const link = bench.access.createLink(owner, 'VIEWER');
    bench.clock.jump(-TEN_YEARS);
    await bench.clock.advance(10 * MINUTE);
    expect(bench.access.redeemLink(link?.secret ?? '')).toBeNull();
    expect(bench.access.authenticate(session?.text ?? '')).not.toBeNull();
    await bench.clock.advance(50 * MINUTE);
    expect(bench.access.authenticate(session?.text ?? '')).toBeNull();
  });

  test('a person hears of it, once', async () => {
    const bench = createBench();
    upkeep(bench);
    await bench.clock.advance(10 * MINUTE);
    expect(bench.problems).toEqual([]);
    bench.clock.jump(-DAY);
    await bench.clock.advance(HOUR);
    expect(bench.problems).toEqual([expect.stringContaining('The clock was set back')]);
  });
});

describe('the clock is ahead by ten years for a while', () => {
  test('tokens that would have expired then have ended; the others, and new ones, are as good as ever', async () => {
    const bench = createBench();
    const first = bench.access.create({ name: 'first', role: 'ADMIN', expiresAt: null }).text;
    const text = hourToken(bench);
    upkeep(bench);
    bench.clock.jump(TEN_YEARS);
    await bench.clock.advance(5 * MINUTE);
    bench.clock.jump(-TEN_YEARS);
    expect(bench.access.authenticate(text)).toBeNull();
    expect(bench.access.authenticate(first)).not.toBeNull();
    const next = createBench(bench);
    const made = hourToken(next, 'next');
    // No more than five minutes at a day an hour.
    expect(next.access.time() - bench.clock.now()).toBeLessThanOrEqual(2 * HOUR);
    await bench.clock.advance(HOUR - 1);
    expect(next.access.authenticate(made)).not.toBeNull();
    await bench.clock.advance(1);
    expect(next.access.authenticate(made)).toBeNull();
  });

  test.each([TEN_YEARS, -TEN_YEARS])('no audit entry and no token is removed early (%d ms)', async (by) => {
    const bench = createBench();
    const { stores, clock } = bench;
    stores.audit.append(anAuditEntry({ at: clock.now() }));
    stores.tokens.insert(aToken('ended00000', { revokedAt: clock.now() }));
    const stop = upkeep(bench);
    clock.jump(by);
    await clock.advance(HOUR);
    stop();
    // A start while the clock is wrong removes nothing either.
    upkeep(createBench(bench));
    await clock.advance(HOUR);
    const all = { after: null, before: null, limit: 9, forward: true };
    expect(stores.audit.page(all).entries).toHaveLength(1);
    expect(stores.tokens.get('ended00000')).not.toBeNull();
  });

  test('the use of a token that was noted then does not keep later ones from being noted', async () => {
    const bench = createBench();
    const { token, text } = bench.access.create({ name: 'ci', role: 'VIEWER', expiresAt: null });
    bench.clock.jump(TEN_YEARS);
    bench.access.used(identityOf(bench, text));
    bench.clock.jump(-TEN_YEARS);
    bench.access.used(identityOf(bench, text));
    expect(bench.stores.tokens.get(token.id)?.lastUsedAt).toBe(bench.access.time());
  });
});

test('a machine that begins at 1970 and hears the time later: tokens end by the later of the two', async () => {
  const bench = createBench();
  const text = hourToken(bench);
  bench.time.keep();
  const now = bench.clock.now();
  bench.clock.jump(-now);
  const booted = createBench(bench);
  upkeep(booted);
  expect(booted.access.authenticate(text)).not.toBeNull();
  await bench.clock.advance(MINUTE);
  bench.clock.jump(now + 2 * HOUR);
  expect(booted.access.authenticate(text)).toBeNull();
  expect(booted.problems).toEqual([expect.stringContaining('The clock was set back')]);
});
