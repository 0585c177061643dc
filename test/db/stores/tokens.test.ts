import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAccessStores } from '../../../db/index.ts';
import { aToken } from '../rows.ts';
import { openTemporary, temporaryDirectory } from '../support.ts';

const A = 'aaaaaaaaaa';
const B = 'bbbbbbbbbb';
const C = 'cccccccccc';

test('a token comes back as it was, with its hash; the list has no hashes, and the oldest first', () => {
  const { tokens } = openTemporary();
  const run = aToken(B, { kind: 'RUN', role: 'VIEWER', run: 7, createdAt: 500, expiresAt: 9, lastUsedAt: 8 });
  tokens.insert(aToken(A));
  tokens.insert(run);
  expect([tokens.get(A), tokens.get(B), tokens.get(C)]).toEqual([aToken(A), run, null]);
  const { hash: _, ...listed } = run;
  expect(tokens.all()[0]).toEqual(listed);
  expect(tokens.all().map(({ id }) => id)).toEqual([B, A]);
});

test('an id is taken once', () => {
  const { tokens } = openTemporary();
  tokens.insert(aToken(A));
  expect(() => tokens.insert(aToken(A, { name: 'other' }))).toThrow(/UNIQUE/);
  expect(tokens.get(A)?.name).toBe('first');
});

test('to revoke a token is to revoke the sessions that it began, each once', () => {
  const { tokens } = openTemporary();
  tokens.insert(aToken(A));
  tokens.insert(aToken(B, { kind: 'SESSION', parent: A }));
  tokens.insert(aToken(C));
  expect(tokens.revoke(A, 5_000)).toBe(true);
  expect(tokens.revoke(A, 6_000)).toBe(false);
  expect(tokens.revoke('dddddddddd', 6_000)).toBe(false);
  expect([A, B, C].map((id) => tokens.get(id)?.revokedAt)).toEqual([5_000, 5_000, null]);
});

test('its use is noted, and the token of a run goes with the run', () => {
  const { tokens } = openTemporary();
  tokens.insert(aToken(A));
  tokens.insert(aToken(B, { kind: 'RUN', run: 1 }));
  tokens.insert(aToken(C, { kind: 'RUN', run: 2 }));
  tokens.used(A, 7_000, 8_000);
  tokens.removeOfRun(1);
  expect(tokens.all().map(({ id, lastUsedAt, expiresAt }) => [id, lastUsedAt, expiresAt])).toEqual([
    [A, 7_000, 8_000],
    [C, null, null],
  ]);
});

test('what has ended long ago goes, less what is to be kept, and with it the tokens of runs that ended', () => {
  const { tokens } = openTemporary();
  tokens.insert(aToken(A, { revokedAt: 99 }));
  tokens.insert(aToken(B, { expiresAt: 99 }));
  tokens.insert(aToken(C, { revokedAt: 99 }));
  tokens.insert(aToken('stays00001', { revokedAt: 100, expiresAt: 100 }));
  tokens.insert(aToken('stays00002'));
  tokens.insert(aToken('run0000001', { kind: 'RUN', run: 1 }));
  tokens.insert(aToken('run0000002', { kind: 'RUN', run: 2 }));
  expect(tokens.prune({ endedBefore: 100, liveRuns: [2, 3], keep: [C] })).toBe(3);
  expect(tokens.all().map(({ id }) => id)).toEqual([C, 'stays00001', 'stays00002', 'run0000002']);
});

test('the version changes when another process has written, and not when this one has', () => {
  const directory = temporaryDirectory();
  const { tokens } = openTemporary(join(directory, 'toehold.db'));
  const before = tokens.version();
  tokens.insert(aToken(A));
  expect(tokens.version()).toBe(before);
  const other = openAccessStores(directory);
  other.tokens.revoke(A, 5_000);
  other.close();
  expect(tokens.version()).not.toBe(before);
  expect(tokens.get(A)?.revokedAt).toBe(5_000);
});

test('what has expired is revoked as of its end, once; the rest is untouched', () => {
  const { tokens } = openTemporary();
  tokens.insert(aToken(A, { expiresAt: 100 }));
  tokens.insert(aToken(B, { expiresAt: 101 }));
  tokens.insert(aToken(C, { expiresAt: 100, revokedAt: 50 }));
  tokens.insert(aToken('stays00001'));
  expect([tokens.endExpired(99), tokens.endExpired(100), tokens.endExpired(100)]).toEqual([0, 1, 0]);
  expect([A, B, C, 'stays00001'].map((id) => tokens.get(id)?.revokedAt)).toEqual([100, null, 50, null]);
});

test('a token that was read is as another process has written it, from the next turn of the event loop on', async () => {
  const directory = temporaryDirectory();
  const { tokens } = openTemporary(join(directory, 'toehold.db'));
  const other = openAccessStores(directory);
  tokens.insert(aToken(A));
  expect(tokens.get(A)?.revokedAt).toBeNull();
  await new Promise((resolve) => setImmediate(resolve));
  other.tokens.revoke(A, 5_000);
  expect(tokens.get(A)?.revokedAt).toBe(5_000);
  other.close();
});

test('what a transaction has written to a token and then undone is not remembered', () => {
  const { tokens, transaction } = openTemporary();
  tokens.insert(aToken(A));
  expect(() =>
    transaction(() => {
      tokens.used(A, 7_000, null);
      expect(tokens.get(A)?.lastUsedAt).toBe(7_000);
      throw new Error('undone');
    }),
  ).toThrow('undone');
  expect(tokens.get(A)?.lastUsedAt).toBeNull();
});
