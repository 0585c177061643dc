import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/core/access.ts';
import type { StageOptions } from '../support/stage.ts';
import { BEN, errorOf, runOf, stageWith, WAIT, withManifest } from './given.ts';

const options: StageOptions = {};
const stage = stageWith([], options);

/** A running app that asks for a role. */
async function put(api: 'viewer' | 'operator' | null = 'operator', name = 'status'): Promise<void> {
  stage().folders.put(name, withManifest({ api }));
  await stage().settle();
}

async function grant(role: Role | null, name = 'status') {
  const result = await stage().control.supervisor.grantAccess({ name }, role, BEN);
  await stage().settle();
  return result;
}

function tokenOf(name = 'status'): string {
  const { id } = runOf(stage(), name);
  const run = stage()
    .driver.live()
    .find(({ spec }) => spec.run === id);
  return run?.spec.variables.TOES_TOKEN ?? 'none';
}

const whois = (token: string) => stage().access.authenticate(token);
const access = (name = 'status') => stage().control.supervisor.access(stage().app(name));
const restart = (name = 'status') => stage().control.supervisor.restart({ name }, WAIT);

describe('A5: an app that asks for operator', () => {
  it('gets viewer by default', async () => {
    await put();
    expect(whois(tokenOf())?.role).toBe('VIEWER');
    const got = { requested: 'OPERATOR', granted: null, allowed: 'VIEWER', effective: 'VIEWER' };
    expect(access()).toEqual(got);
  });

  it('gets operator at once when an ADMIN grants it, and viewer when the grant is revoked', async () => {
    await put();
    const token = tokenOf();
    const before = whois(token);
    expect((await grant('OPERATOR')).ok).toBe(true);
    // Its streams have to begin again, to go on as an operator.
    expect([before?.ended.aborted, whois(token)?.role]).toEqual([true, 'OPERATOR']);
    expect(access()).toEqual({
      ...{ requested: 'OPERATOR', granted: 'OPERATOR', allowed: 'OPERATOR', effective: 'OPERATOR' },
    });
    await restart();
    const next = whois(tokenOf());
    expect(next?.role).toBe('OPERATOR');
    await grant(null);
    expect([next?.ended.aborted, whois(tokenOf())?.role]).toEqual([true, 'VIEWER']);
  });

  it('has one event for a grant, with the name of the token that granted it', async () => {
    await put();
    const before = stage().journal().length;
    await grant('OPERATOR');
    await grant('OPERATOR');
    expect(stage().journal().slice(before)).toMatchObject([
      {
        actor: 'ben',
        fact: { type: 'AppUpdated', changes: [{ field: 'GRANTED_ROLE', before: null, after: 'OPERATOR' }] },
        app: { name: 'status' },
      },
    ]);
  });

  it('is never granted ADMIN', async () => {
    await put();
    expect(errorOf(await grant('ADMIN'))).toMatchObject({ code: 'INVALID_INPUT', path: ['role'] });
    expect(access().granted).toBeNull();
  });

  it('gets no more than it asks for', async () => {
    await put('viewer');
    await grant('OPERATOR');
    expect([whois(tokenOf())?.role, access().effective]).toEqual(['VIEWER', 'VIEWER']);
    await put(null, 'silent');
    await grant('OPERATOR', 'silent');
    await restart('silent');
    expect([tokenOf('silent'), access('silent').effective]).toEqual(['none', null]);
  });

  it('gets less at once when its manifest asks for less', async () => {
    await put();
    await grant('OPERATOR');
    const token = tokenOf();
    await put('viewer');
    expect(whois(token)?.role).toBe('VIEWER');
    await put(null);
    expect(whois(token)).toBeNull();
  });

  it('gets nothing where the database cannot lower its role', async () => {
    await put();
    await grant('OPERATOR');
    const token = tokenOf();
    stage().tokensRefused = true;
    await grant(null);
    expect(whois(token)).toBeNull();
  });
});

describe('A5: TOEHOLD_APP_API', () => {
  it.each([
    [null, null],
    ['VIEWER', 'VIEWER'],
    ['OPERATOR', 'OPERATOR'],
  ] as const)(
    '%s is what an app gets without a grant, under the next control plane too',
    async (limit, role) => {
      await put();
      await grant('OPERATOR');
      await restart();
      await grant(null);
      const token = tokenOf();
      options.appApi = limit;
      await stage().crash();
      delete options.appApi;
      await stage().settle();
      expect(whois(token)?.role ?? null).toBe(role);
      await restart();
      expect([whois(tokenOf())?.role ?? null, access().effective]).toEqual([role, role]);
    },
  );
});

describe('a grant', () => {
  it('survives a rename, a restart of the control plane and a brief absence of the directory', async () => {
    await put();
    await grant('OPERATOR');
    const { supervisor } = stage().control;
    expect((await supervisor.rename({ name: 'status' }, 'state', WAIT)).ok).toBe(true);
    await stage().settle();
    await stage().crash();
    expect(access('state')).toMatchObject({ granted: 'OPERATOR', effective: 'OPERATOR' });
    expect(whois(tokenOf('state'))?.role).toBe('OPERATOR');
  });

  it('ends with a removed app: a new one of that name has none', async () => {
    await put();
    await grant('OPERATOR');
    await stage().control.supervisor.remove({ name: 'status' }, WAIT);
    await put();
    expect([access().granted, whois(tokenOf())?.role]).toEqual([null, 'VIEWER']);
  });

  it('ends when the directory is gone, although the app’s id and port come back', async () => {
    await put();
    const { id } = stage().app('status');
    await grant('OPERATOR');
    stage().folders.take('status');
    await stage().clock.advance(30_000);
    await put();
    expect([stage().app('status').id, access().granted, whois(tokenOf())?.role]).toEqual([
      id,
      null,
      'VIEWER',
    ]);
  });

  it('ends, with an event, when another directory replaces the app’s, however fast', async () => {
    await put();
    await grant('OPERATOR');
    const token = tokenOf();
    stage().folders.put('status', { ...withManifest({ api: 'operator' }), identity: '8:4712:1' });
    await stage().settle();
    expect([access().granted, whois(token)?.role]).toEqual([null, 'VIEWER']);
    expect(stage().journal().at(-1)).toMatchObject({
      actor: 'supervisor',
      fact: { type: 'AppUpdated', changes: [{ field: 'GRANTED_ROLE', before: 'OPERATOR', after: null }] },
    });
  });

  it('survives an activation and another number of the file system', async () => {
    await put();
    const before = stage().stores.apps.all()[0]?.identity ?? '';
    await grant('OPERATOR');
    const identity = `99:${before}`;
    stage().folders.put('status', {
      ...withManifest({ api: 'operator' }),
      identity,
      release: '20260101-000000',
    });
    await stage().settle();
    expect(access().granted).toBe('OPERATOR');
  });
});
