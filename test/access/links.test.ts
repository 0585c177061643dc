import { describe, expect, test } from 'vitest';
import type { Role } from '../../src/core/access.ts';
import { type Bench, createBench, identityOf } from './support.ts';

const DAY = 86_400_000;

function tokenOf(bench: Bench, role: Role = 'ADMIN', expiresAt: number | null = null) {
  const { token, text } = bench.access.create({ name: 'first', role, expiresAt });
  return { id: token.id, identity: identityOf(bench, text) };
}

function linkOf(bench: Bench, identity: ReturnType<typeof identityOf>, role: Role = 'VIEWER'): string {
  return bench.access.createLink(identity, role)?.secret ?? 'none';
}

describe('a one-time link', () => {
  test('makes one session of its token, of the role that was asked for', () => {
    const bench = createBench();
    const { id, identity } = tokenOf(bench);
    const secret = linkOf(bench, identity, 'OPERATOR');
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const made = bench.access.redeemLink(secret);
    expect(made?.token).toMatchObject({
      ...{ name: 'first (browser)', kind: 'SESSION', role: 'OPERATOR', parent: id },
      expiresAt: bench.clock.now() + DAY / 2,
      keyThumbprint: null,
    });
    expect(identityOf(bench, made?.text ?? '')).toMatchObject({ kind: 'SESSION', role: 'OPERATOR' });
    expect(bench.access.redeemLink(secret)).toBeNull();
  });

  test('says what session it would make, as often as one asks, and is not spent by that', async () => {
    const bench = createBench();
    const { id, identity } = tokenOf(bench);
    const [secret, other] = [linkOf(bench, identity, 'OPERATOR'), linkOf(bench, identity)];
    for (const _ of [1, 2, 3])
      expect(bench.access.previewLink(secret)).toEqual({ name: 'first (browser)', role: 'OPERATOR' });
    expect(bench.stores.tokens.all()).toHaveLength(1);
    expect(bench.access.redeemLink(secret, 'thumbprint')?.token.keyThumbprint).toBe('thumbprint');
    expect([secret, 'x', ''].map((text) => bench.access.previewLink(text))).toEqual([null, null, null]);
    bench.access.revoke(id);
    expect(bench.access.previewLink(other)).toBeNull();
  });

  test('lasts for 10 minutes, whatever becomes of the wall clock', async () => {
    const bench = createBench();
    const { identity } = tokenOf(bench);
    expect(bench.access.createLink(identity, 'VIEWER')?.expiresAt).toBe(bench.clock.now() + 600_000);
    const [early, late] = [linkOf(bench, identity), linkOf(bench, identity)];
    bench.clock.jump(-DAY);
    await bench.clock.advance(599_999);
    expect(bench.access.redeemLink(early)).not.toBeNull();
    await bench.clock.advance(1);
    expect(bench.access.redeemLink(late)).toBeNull();
  });

  test.each(['', 'x', 'A'.repeat(43), '💥'])('%j is none', (secret) => {
    const bench = createBench();
    const { identity } = tokenOf(bench);
    const good = linkOf(bench, identity);
    expect(bench.access.redeemLink(secret)).toBeNull();
    expect(bench.access.redeemLink(good)).not.toBeNull();
  });

  test('dies with the token that made it', () => {
    const bench = createBench();
    const { id, identity } = tokenOf(bench);
    const secret = linkOf(bench, identity);
    bench.access.revoke(id);
    expect(bench.access.redeemLink(secret)).toBeNull();
  });

  test('its session does not outlive the token', async () => {
    const bench = createBench();
    const { identity } = tokenOf(bench, 'ADMIN', bench.clock.now() + 3_600_000);
    const session = bench.access.redeemLink(linkOf(bench, identity));
    expect(session?.token.expiresAt).toBe(bench.clock.now() + 3_600_000);
    const { ended } = identityOf(bench, session?.text ?? '');
    await bench.clock.advance(3_600_500);
    expect([ended.aborted, bench.access.authenticate(session?.text ?? '')]).toEqual([true, null]);
  });

  test('is never of a greater role, nor made by a session, by an app, or without a token', () => {
    const bench = createBench();
    const viewer = tokenOf(bench, 'VIEWER').identity;
    expect(bench.access.createLink(viewer, 'OPERATOR')).toBeNull();
    const session = bench.access.redeemLink(linkOf(bench, viewer))?.text ?? '';
    expect(bench.access.createLink(identityOf(bench, session), 'VIEWER')).toBeNull();
    bench.liveRuns.add(1);
    const app = bench.runTokens.issue(1, 'status', 'OPERATOR');
    expect(bench.access.createLink(identityOf(bench, app), 'VIEWER')).toBeNull();
    const nobody = { ...viewer, token: null, kind: null, role: 'ADMIN' } as const;
    expect(bench.access.createLink(nobody, 'VIEWER')).toBeNull();
  });

  test('of one token ten may wait, of all a hundred: the oldest goes', () => {
    const bench = createBench();
    const { identity } = tokenOf(bench);
    const own = Array.from({ length: 11 }, () => linkOf(bench, identity));
    expect(own.map((secret) => bench.access.redeemLink(secret) !== null)).toEqual([
      false,
      ...Array(10).fill(true),
    ]);
    const first = linkOf(bench, identity);
    for (let owner = 0; owner < 10; owner += 1) {
      const other = tokenOf(bench).identity;
      for (let count = 0; count < 10; count += 1) linkOf(bench, other);
    }
    expect(bench.access.redeemLink(first)).toBeNull();
  });

  test('is as good as before where its session could not be kept', () => {
    const bench = createBench();
    const secret = linkOf(bench, tokenOf(bench).identity);
    bench.interpose.insert = () => {
      throw new Error('database or disk is full');
    };
    expect(() => bench.access.redeemLink(secret)).toThrow('full');
    delete bench.interpose.insert;
    expect(bench.access.redeemLink(secret)).not.toBeNull();
    expect(bench.access.redeemLink(secret)).toBeNull();
  });

  test('makes the hundred and first session in the place of the one that was used longest ago', async () => {
    const bench = createBench();
    const { identity } = tokenOf(bench);
    const other = bench.access.redeemLink(linkOf(bench, tokenOf(bench).identity));
    const sessions: string[] = [];
    const logIn = () => sessions.push(bench.access.redeemLink(linkOf(bench, identity))?.text ?? '');
    for (let count = 0; count < 100; count += 1) {
      logIn();
      await bench.clock.advance(1_000);
    }
    const [first = '', second = ''] = sessions;
    const [used, idle] = [identityOf(bench, first), second];
    bench.access.used(used);
    logIn();
    expect([used.ended.aborted, bench.access.authenticate(idle)]).toEqual([false, null]);
    const good = sessions.filter((text) => bench.access.authenticate(text) !== null);
    expect(good).toEqual(sessions.filter((text) => text !== idle));
    expect(bench.access.authenticate(other?.text ?? '')).not.toBeNull();
  });
});
