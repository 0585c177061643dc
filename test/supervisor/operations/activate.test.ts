import { beforeEach, describe, expect, it } from 'vitest';
import {
  BEN,
  BROKEN,
  ends,
  eventsOf,
  later,
  NEW,
  OLD,
  runOf,
  stageWith,
  WAIT,
  withManifest,
} from '../given.ts';

const stage = stageWith(['blog']);
const blog = { name: 'blog' };
const activate = (release: string, options = BEN) =>
  stage().control.supervisor.activateRelease(blog, release, options);

beforeEach(async () => {
  stage().folders.put('blog', { release: OLD });
  await stage().settle();
  expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', release: OLD, run: { release: OLD } });
});

/** The new release does not become ready; the old one does. */
function newIsNoGood(): void {
  stage().driver.behave('*', { start: 'silent' });
  stage().folders.before('activate', () => {
    stage().folders.before('activate', () => stage().driver.behave('*', {}));
  });
}

describe('activateRelease', () => {
  it('points `current` at the release and restarts', async () => {
    const seq = stage().journal().at(-1)?.seq;
    expect(await activate(NEW, WAIT)).toMatchObject({ ok: true, value: { release: NEW, state: 'RUNNING' } });
    expect(runOf(stage(), 'blog')).toMatchObject({ release: NEW, cause: 'RELEASE', actor: 'ben' });
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'RUNNING → STOPPING',
      'AppUpdated RELEASE',
      'RunEnded STOPPED 143',
      'STOPPING → STARTING',
      'STARTING → RUNNING',
    ]);
    expect(stage().stores.apps.all()[0]?.intent).toBeNull();
  });

  it('without `wait` answers when `current` is moved', async () => {
    stage().driver.behave('*', { start: 'silent' });
    expect(await activate(NEW)).toMatchObject({ ok: true, value: { release: NEW } });
    expect(stage().app('blog').state).not.toBe('RUNNING');
  });

  it('starts an app that is stopped, or waits for a restart', async () => {
    await stage().control.supervisor.stop(blog, WAIT);
    expect(await activate(NEW, WAIT)).toMatchObject({ ok: true, value: { state: 'RUNNING' } });
    await ends(stage(), 'blog', 1);
    expect(await activate(OLD, WAIT)).toMatchObject({ ok: true, value: { state: 'RUNNING', release: OLD } });
    expect(runOf(stage(), 'blog')).toMatchObject({ cause: 'RELEASE', actor: 'ben' });
  });

  it('of an unknown release fails with the names of the known ones, and changes nothing', async () => {
    const before = stage().app('blog');
    for (const release of ['20990101-000000', '../other', '', 'current']) {
      expect(await activate(release, WAIT)).toEqual({
        ok: false,
        error: {
          code: 'RELEASE_NOT_FOUND',
          message: `blog has no release ${release}; it has: ${NEW}, ${OLD}`,
          path: ['release'],
        },
      });
    }
    expect(stage().app('blog')).toEqual(before);
  });

  it('of the release that is current changes nothing', async () => {
    const before = stage().app('blog');
    expect(await activate(OLD, WAIT)).toEqual({ ok: true, value: before });
    expect(stage().app('blog')).toEqual(before);
  });

  it('goes back to the release before where the new one does not become ready, and says why', async () => {
    newIsNoGood();
    const answer = later(activate(NEW, WAIT));
    await stage().clock.advance(29_999);
    expect(answer.value).toBeUndefined();
    expect(stage().app('blog').release).toBe(NEW);
    await stage().clock.advance(1);
    expect(answer.value).toMatchObject({
      ok: false,
      error: {
        code: 'START_FAILED',
        message: `Nothing listens on port 3001 (PORT) after 30s (toes.startupTimeout); went back to ${OLD}`,
        exit: { reason: 'STARTUP_TIMEOUT' },
      },
    });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({
      state: 'RUNNING',
      release: OLD,
      run: { actor: 'supervisor' },
    });
    expect(stage().stores.apps.all()[0]?.intent).toBeNull();
  });

  it('goes back without `wait`, too, and an event says why', async () => {
    newIsNoGood();
    await activate(NEW);
    await stage().clock.advance(30_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', release: OLD });
    const failures = stage()
      .journal()
      .filter(({ fact }) => fact.type === 'ActivationFailed');
    expect(failures).toMatchObject([
      {
        actor: 'supervisor',
        app: { name: 'blog' },
        fact: {
          release: NEW,
          previousRelease: OLD,
          message: 'Nothing listens on port 3001 (PORT) after 30s (toes.startupTimeout)',
        },
      },
    ]);
  });

  it('goes back where the installation of the new one fails', async () => {
    stage().driver.behave('*', { install: { fails: 'npm ci failed' } });
    stage().folders.before('activate', () => {
      stage().folders.before('activate', () => stage().driver.behave('*', {}));
    });
    const answer = await activate(NEW, WAIT);
    expect(answer).toMatchObject({ error: { message: `npm ci failed; went back to ${OLD}` } });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', release: OLD });
  });

  it('goes back where the manifest of the new one is invalid', async () => {
    const { activate: point } = stage().folders.files;
    stage().folders.files.activate = async (name, release) => {
      await point(name, release);
      if (release === NEW) stage().folders.put('blog', BROKEN);
      else stage().folders.put('blog', withManifest());
    };
    const { run } = stage().app('blog');
    const answer = await activate(NEW, WAIT);
    expect(answer).toEqual({
      ok: false,
      error: { code: 'APP_INVALID', message: `Missing package.json; went back to ${OLD}` },
    });
    await stage().settle();
    // The run before went on all the time.
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', release: OLD, error: null, run });
  });

  it('keeps the new release when the app is stopped meanwhile', async () => {
    stage().driver.behave('*', { start: 'silent' });
    const answer = later(activate(NEW, WAIT));
    await stage().clock.advance(5_000);
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    expect(answer.value).toMatchObject({ error: { code: 'START_FAILED', message: 'Superseded by a stop' } });
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', release: NEW });
  });

  it('a restart meanwhile gives the new release a second try', async () => {
    stage().driver.behave('*', { start: 'silent' });
    const answer = later(activate(NEW, WAIT));
    await stage().clock.advance(20_000);
    stage().driver.behave('*', {});
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(answer.value).toMatchObject({ ok: true, value: { release: NEW } });
  });

  it('where going back fails has both reasons', async () => {
    stage().driver.behave('*', { start: { exits: 1 } });
    stage().folders.before('activate', () => {
      stage().folders.before('activate', () => stage().folders.failNext('activate', 'EROFS: read-only'));
    });
    expect(await activate(NEW, WAIT)).toEqual({
      ok: false,
      error: {
        code: 'OPERATION_FAILED',
        message: `It ended by itself before it was ready with code 1; going back to ${OLD} failed: EROFS: read-only`,
      },
    });
    expect(stage().problems).toHaveLength(1);
  });

  it('where `current` cannot be moved changes nothing', async () => {
    const { id } = runOf(stage(), 'blog');
    stage().folders.failNext('activate', 'EACCES: permission denied');
    expect(await activate(NEW, WAIT)).toEqual({
      ok: false,
      error: { code: 'OPERATION_FAILED', message: 'Nothing has changed: EACCES: permission denied' },
    });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', release: OLD, run: { id } });
    expect(stage().stores.apps.all()[0]?.intent).toBeNull();
  });

  it('where it cannot be committed moves `current` back, and the app runs on', async () => {
    const { id } = runOf(stage(), 'blog');
    stage().folders.before('activate', () => {
      stage().full = true;
    });
    expect(await activate(NEW, WAIT)).toEqual({
      ok: false,
      error: {
        code: 'OPERATION_FAILED',
        message: `current points at ${OLD} again: database or disk is full`,
      },
    });
    stage().full = false;
    await stage().clock.advance(5_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', release: OLD, run: { id } });
    expect(await stage().folders.files.look('blog')).toMatchObject({ release: OLD });
  });

  it('where it can neither be committed nor undone has both reasons', async () => {
    stage().folders.before('activate', () => {
      stage().full = true;
      stage().folders.before('look', () => stage().folders.failNext('activate', 'EROFS: read-only'));
    });
    expect(await activate(NEW, WAIT)).toEqual({
      ok: false,
      error: {
        code: 'OPERATION_FAILED',
        message: `current points at ${NEW}, and the app could not be restarted (database or disk is full). Going back to ${OLD} failed, too: EROFS: read-only`,
      },
    });
  });

  it('that a shutdown interrupts is resumed by the next control plane', async () => {
    newIsNoGood();
    const answer = later(activate(NEW, WAIT));
    await stage().clock.advance(5_000);
    await stage().control.shutdown(false);
    expect(answer.value).toMatchObject({ error: { code: 'START_FAILED' } });
    await stage().crash();
    await stage().clock.advance(31_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', release: OLD });
  });
});
