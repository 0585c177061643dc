import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/contracts/access.ts';
import { ends, lastRun, runOf, stageWith, WAIT, withManifest } from './given.ts';

const stage = stageWith([], { appApi: 'OPERATOR' });

/** An app that asks for access, and runs. */
async function put(api: 'viewer' | 'operator' | null, name = 'status'): Promise<void> {
  stage().folders.put(name, withManifest({ api }));
  await stage().settle();
}

/** What the app's present run was given. */
function tokenOf(name = 'status'): string | undefined {
  const { id } = runOf(stage(), name);
  return stage()
    .driver.live()
    .find(({ spec }) => spec.run === id)?.spec.variables.TOES_TOKEN;
}

function whois(token: string | undefined): Identity | null {
  return stage().access.authenticate(token ?? '');
}

describe('A10: TOES_TOKEN', () => {
  it.each([
    ['viewer', 'VIEWER'],
    ['operator', 'OPERATOR'],
  ] as const)('of an app with "toes.api": "%s" is a token of that role', async (api, role) => {
    await put(api);
    expect(whois(tokenOf())).toMatchObject({ kind: 'RUN', name: 'status (app)', role });
  });

  it('is not there for an app that does not ask', async () => {
    await put(null);
    expect(runOf(stage(), 'status').phase).toBe('READY');
    expect([tokenOf(), stage().stores.tokens.all()]).toEqual([undefined, []]);
  });

  it('ends with the run, however that ends, and the next run has another', async () => {
    await put('viewer');
    const first = tokenOf();
    const identity = whois(first);
    await ends(stage(), 'status', 1);
    expect([whois(first), identity?.ended.aborted]).toEqual([null, true]);
    await stage().clock.advance(2_000);
    const second = tokenOf();
    expect([second === first, whois(second)?.role]).toEqual([false, 'VIEWER']);
    await stage().control.supervisor.stop({ name: 'status' }, WAIT);
    expect(whois(second)).toBeNull();
    expect(stage().stores.tokens.all()).toEqual([]);
  });

  it('ends with the run also while the database takes no changes', async () => {
    await put('viewer');
    const token = tokenOf();
    stage().full = true;
    await ends(stage(), 'status', 1);
    expect(whois(token)).toBeNull();
    stage().full = false;
    await stage().clock.advance(60_000);
    expect(whois(token)).toBeNull();
    expect(whois(tokenOf())?.role).toBe('VIEWER');
  });

  it('goes on with a run that goes on under the next control plane', async () => {
    await put('viewer');
    const token = tokenOf();
    await stage().crash();
    expect(runOf(stage(), 'status').recoveries).toBe(1);
    expect(whois(token)?.name).toBe('status (app)');
  });

  it('does not work where the run ended without a control plane', async () => {
    await put('viewer');
    const token = tokenOf();
    await stage().reboot();
    expect(whois(token)).toBeNull();
    expect(whois(tokenOf())?.role).toBe('VIEWER');
  });

  it('that cannot be made is why the run did not start', async () => {
    stage().tokensRefused = true;
    await put('viewer');
    const { state, error } = stage().app('status');
    expect([state, error]).toEqual([
      'BACKOFF',
      'Its token for this API ("toes.api") could not be made: database or disk is full',
    ]);
    expect(lastRun(stage(), 'status').pid).toBeNull();
    stage().tokensRefused = false;
    await stage().clock.advance(2_000);
    expect(whois(tokenOf())?.role).toBe('VIEWER');
  });

  it('is in no stored app, run, event or line', async () => {
    await put('viewer');
    const secret = tokenOf()?.slice(15) ?? 'none';
    const { apps, runs } = stage().stores;
    const { supervisor } = stage().control;
    const kept = JSON.stringify([
      apps.all(),
      runs.live(),
      stage().journal(),
      stage().lines,
      supervisor.apps(),
    ]);
    expect(kept).not.toContain(secret);
    expect(kept).toContain('status');
  });
});
