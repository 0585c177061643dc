import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { openAccessStores } from '../../db/index.ts';
import { createBench, identityOf } from './support.ts';

const DAY = 86_400_000;
const CI = { name: 'ci', role: 'OPERATOR', expiresAt: null } as const;

describe('authenticate', () => {
  test('knows whose text it is, and nothing of the text is kept', () => {
    const bench = createBench();
    const { token, text } = bench.access.create(CI);
    expect(text).toMatch(/^toe_[a-z0-9]{10}_[A-Za-z0-9_-]{43}$/);
    expect(identityOf(bench, text)).toMatchObject({
      token: token.id,
      kind: 'TOKEN',
      name: 'ci',
      role: 'OPERATOR',
    });
    const kept = JSON.stringify(bench.stores.tokens.get(token.id));
    expect(kept).not.toContain(text.slice(15));
    expect(Buffer.from(bench.stores.tokens.get(token.id)?.hash ?? []).toString('base64url')).not.toBe(
      text.slice(15),
    );
  });

  test.each([
    ['nothing', () => ''],
    ['another secret with its id', (text: string) => `${text.slice(0, 15)}${'A'.repeat(43)}`],
    ['its id alone', (text: string) => text.slice(0, 14)],
    ['its beginning', (text: string) => text.slice(0, -1)],
    ['something behind it', (text: string) => `${text} `],
    ['an id that nobody has', (text: string) => text.replace(/_.{10}_/, '_aaaaaaaaaa_')],
    ['SQL', () => "' OR 1=1 --"],
    ['a megabyte', () => 'x'.repeat(2 ** 20)],
  ])('%s is nobody’s', (_what, change) => {
    const { access } = createBench();
    const { text } = access.create(CI);
    expect(access.authenticate(change(text))).toBeNull();
  });

  test('two tokens are never the same', () => {
    const { access } = createBench();
    const made = Array.from({ length: 50 }, () => access.create(CI));
    expect(new Set(made.map(({ token }) => token.id)).size).toBe(50);
    expect(new Set(made.map(({ text }) => text.slice(15))).size).toBe(50);
  });

  test('all requests of a token share one signal, and leave nothing behind', () => {
    const bench = createBench();
    const { text } = bench.access.create(CI);
    const first = identityOf(bench, text);
    for (let count = 0; count < 1_000; count += 1) expect(identityOf(bench, text).ended).toBe(first.ended);
    expect(getEventListeners(first.ended, 'abort')).toEqual([]);
    expect(bench.clock.pending()).toBe(1);
    expect(bench.stores.tokens.all()).toHaveLength(1);
  });
});

describe('the end of a token', () => {
  test('revoked here: in this moment, and its sessions with it; another one goes on', () => {
    const bench = createBench();
    const { access } = bench;
    const [one, other] = [access.create(CI), access.create(CI)];
    const identity = identityOf(bench, one.text);
    const session = access.redeemLink(access.createLink(identity, 'VIEWER')?.secret ?? '');
    const browser = identityOf(bench, session?.text ?? '');
    const unharmed = identityOf(bench, other.text);
    expect(access.revoke(one.token.id)).toMatchObject({ id: one.token.id, revokedAt: bench.clock.now() });
    expect([identity, browser, unharmed].map(({ ended }) => ended.aborted)).toEqual([true, true, false]);
    expect([one.text, session?.text ?? ''].map((text) => access.authenticate(text))).toEqual([null, null]);
    expect(access.tokens().map(({ id }) => id)).toEqual([other.token.id]);
    expect([access.revoke(one.token.id), access.revoke('nobody0000')]).toEqual([null, null]);
  });

  test('revoked by another process: within half a second', async () => {
    const bench = createBench();
    const { token, text } = bench.access.create(CI);
    const { ended } = identityOf(bench, text);
    const other = openAccessStores(bench.directory);
    await bench.clock.advance(1_000);
    other.tokens.revoke(token.id, bench.clock.now());
    expect(bench.access.authenticate(text)).toBeNull();
    expect(ended.aborted).toBe(false);
    await bench.clock.advance(500);
    expect(ended.aborted).toBe(true);
    other.close();
  });

  test('made by another process: it is good at once', () => {
    const bench = createBench();
    const other = createBench();
    const { token, text } = other.access.create(CI);
    const made = other.stores.tokens.get(token.id);
    const process = openAccessStores(bench.directory);
    if (made) process.tokens.insert(made);
    process.close();
    expect(identityOf(bench, text).name).toBe('ci');
  });

  test('its time has come: to the millisecond for who asks, within half a second for who listens', async () => {
    const bench = createBench();
    const { text } = bench.access.create({ ...CI, expiresAt: bench.clock.now() + 10_000 });
    const { ended } = identityOf(bench, text);
    await bench.clock.advance(9_999);
    expect([bench.access.authenticate(text) !== null, ended.aborted]).toEqual([true, false]);
    await bench.clock.advance(1);
    expect(bench.access.authenticate(text)).toBeNull();
    expect(bench.access.tokens()).toEqual([]);
    await bench.clock.advance(500);
    expect(ended.aborted).toBe(true);
  });

  test('its time has come because the wall clock was set', async () => {
    const bench = createBench();
    const { text } = bench.access.create({ ...CI, expiresAt: bench.clock.now() + 100 * DAY });
    const { ended } = identityOf(bench, text);
    await bench.clock.advance(1_000);
    bench.clock.jump(101 * DAY);
    expect(bench.access.authenticate(text)).toBeNull();
    await bench.clock.advance(500);
    expect(ended.aborted).toBe(true);
  });

  test('no timer looks at tokens while none is in use, or after close', async () => {
    const bench = createBench();
    const { token, text } = bench.access.create(CI);
    identityOf(bench, text);
    bench.access.revoke(token.id);
    await bench.clock.advance(500);
    expect(bench.clock.pending()).toBe(0);
    identityOf(bench, bench.access.create(CI).text);
    bench.close();
    expect(bench.clock.pending()).toBe(0);
  });

  test('a database that cannot be read is logged, and read again', async () => {
    const bench = createBench();
    const { token, text } = bench.access.create(CI);
    const { ended } = identityOf(bench, text);
    bench.interpose.version = () => {
      throw new Error('disk I/O error');
    };
    await bench.clock.advance(500);
    expect(bench.problems).toEqual(['It could not be looked whether tokens have ended']);
    delete bench.interpose.version;
    bench.stores.tokens.revoke(token.id, 1);
    await bench.clock.advance(500);
    expect(ended.aborted).toBe(true);
  });
});

describe('lastUsedAt', () => {
  test('is noted once a minute', async () => {
    const bench = createBench();
    const { token, text } = bench.access.create(CI);
    const start = bench.clock.now();
    const lastUsedAt = () => bench.stores.tokens.get(token.id)?.lastUsedAt;
    const use = () => bench.access.used(identityOf(bench, text));
    use();
    await bench.clock.advance(59_999);
    use();
    expect(lastUsedAt()).toBe(start);
    await bench.clock.advance(1);
    use();
    expect(lastUsedAt()).toBe(start + 60_000);
  });

  test('never fails a request, and is not tried again with each', () => {
    const bench = createBench();
    const { text } = bench.access.create(CI);
    bench.interpose.used = () => {
      throw new Error('database or disk is full');
    };
    for (const _ of [1, 2, 3]) bench.access.used(identityOf(bench, text));
    expect(bench.problems).toEqual(['It could not be noted that a token was used']);
  });
});

describe('A10: a run’s token', () => {
  test('works as long as the run lives, and has the app’s name', () => {
    const bench = createBench();
    bench.liveRuns.add(7);
    const text = bench.runTokens.issue(7, 'status', 'VIEWER');
    const identity = identityOf(bench, text);
    expect(identity).toMatchObject({ kind: 'RUN', name: 'status (app)', role: 'VIEWER' });
    bench.runTokens.end(7);
    expect([identity.ended.aborted, bench.access.authenticate(text)]).toEqual([true, null]);
    expect(bench.stores.tokens.all()).toEqual([]);
  });

  test('is not good where its run does not live, whatever the database says', async () => {
    const bench = createBench();
    bench.liveRuns.add(7);
    const text = bench.runTokens.issue(7, 'status', 'VIEWER');
    const { ended } = identityOf(bench, text);
    await bench.clock.advance(1_000);
    bench.liveRuns.clear();
    expect([bench.access.authenticate(text), bench.access.tokens()]).toEqual([null, []]);
    await bench.clock.advance(500);
    expect(ended.aborted).toBe(true);
    expect(bench.stores.tokens.all()).toHaveLength(1);
  });

  test('is over with the run though the database would not let it go', () => {
    const bench = createBench();
    bench.liveRuns.add(7);
    const text = bench.runTokens.issue(7, 'status', 'VIEWER');
    bench.interpose.removeOfRun = () => {
      throw new Error('database or disk is full');
    };
    bench.runTokens.end(7);
    expect(bench.access.authenticate(text)).toBeNull();
    expect(bench.problems).toHaveLength(1);
  });

  test('takes the place of the one that the run had', () => {
    const bench = createBench();
    bench.liveRuns.add(7);
    const [first, second] = [1, 2].map(() => bench.runTokens.issue(7, 'status', 'OPERATOR'));
    expect(bench.access.authenticate(first ?? '')).toBeNull();
    expect(bench.access.authenticate(second ?? '')).not.toBeNull();
  });
});
