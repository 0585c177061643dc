import { describe, expect, it } from 'vitest';
import { createStage } from '../support/stage.ts';
import {
  BEN,
  BROKEN,
  ends,
  eventsOf,
  NEW,
  OLD,
  portOf,
  runOf,
  stageWith,
  WAIT,
  withManifest,
} from './given.ts';

const DAY = 86_400_000;
const stage = stageWith(['blog', 'chat']);
const blog = { name: 'blog' };
const gone = () => stage().control.supervisor.app(blog) === null;

describe('A6: the boot', () => {
  it('starts every valid app, and lists all by name as a person sorts', async () => {
    const own = createStage();
    for (const app of ['zebra', 'app-10', 'a2', 'app', 'a10', 'app-2']) own.folders.put(app);
    own.folders.put('Äpfel', { manifest: { ok: false, error: 'bad name' } });
    own.folders.put('broken', BROKEN);
    await own.start();
    await own.settle();
    const apps = own.control.supervisor.apps();
    const names = apps.map(({ name }) => name);
    expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
    expect(names[0]).toBe('a10');
    expect(names.indexOf('Äpfel')).toBeLessThan(names.indexOf('app'));
    expect(apps.map(({ state }) => state).filter((state) => state === 'RUNNING')).toHaveLength(6);
    expect(own.app('zebra').run).toMatchObject({ cause: 'BOOT', actor: 'supervisor' });
    await own.close();
  });

  it('starts nothing that was stopped by hand', async () => {
    await stage().control.supervisor.stop(blog, WAIT);
    await stage().crash();
    await stage().settle();
    expect(stage().app('blog').state).toBe('STOPPED');
    expect(stage().app('chat').state).toBe('RUNNING');
  });

  it('does not start an app that was valid and is invalid now', async () => {
    await stage().crash(() => stage().folders.put('blog', BROKEN));
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error: 'Missing package.json' });
    await stage().clock.advance(5_000);
    expect(stage().app('blog')).toMatchObject({ state: 'INVALID', error: 'Missing package.json', run: null });
  });

  it('starts an app that is valid now and was not before', async () => {
    stage().folders.put('blog', BROKEN);
    await stage().clock.advance(5_000);
    await stage().crash(() => stage().folders.put('blog', withManifest()));
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('restarts an app whose release was changed while there was no control plane', async () => {
    stage().folders.put('blog', { release: OLD });
    await stage().settle();
    await stage().crash(() => stage().folders.put('blog', { release: NEW }));
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { release: NEW, cause: 'RELEASE' } });
  });

  it('recognizes an app whose directory was moved while there was no control plane', async () => {
    const before = runOf(stage(), 'blog');
    await stage().crash(() => stage().folders.move('blog', 'diary'));
    await stage().clock.advance(10_000);
    expect(stage().app('diary')).toMatchObject({ id: before.app, state: 'RUNNING', run: { id: before.id } });
  });

  it('no longer lists an app whose directory disappeared while there was no control plane', async () => {
    await stage().crash(() => stage().folders.take('blog'));
    expect(stage().app('blog').state).toBe('RUNNING');
    await stage().clock.advance(2_000);
    expect(gone()).toBe(true);
    expect(stage().driver.live()).toHaveLength(1);
  });
});

describe('A20: watching', () => {
  it('finds a new app, starts it, and has events for both', async () => {
    stage().folders.put('shop', withManifest({ icon: '🛒', tool: 'Till' }));
    await stage().settle();
    expect(stage().app('shop')).toMatchObject({
      state: 'RUNNING',
      icon: '🛒',
      tool: 'Till',
      run: { cause: 'MANIFEST' },
    });
    expect(eventsOf(stage(), 'shop')).toEqual([
      'AppAdded',
      'STOPPED → STARTING',
      'PortAssigned 3003 after null',
      'STARTING → RUNNING',
    ]);
  });

  it('lists an app that is invalid, and never starts it', async () => {
    stage().folders.put('shop', BROKEN);
    await stage().clock.advance(60_000);
    expect(stage().app('shop')).toMatchObject({ state: 'INVALID', error: 'Missing package.json' });
    expect(eventsOf(stage(), 'shop')).toEqual(['AppAdded', 'STOPPED → INVALID']);
    expect(portOf(stage(), 'shop')).toBeNull();
  });

  it('applies a new icon, tool and warnings, and does not restart the run', async () => {
    const before = stage().app('blog');
    const seq = stage().journal().at(-1)?.seq;
    stage().folders.put('blog', withManifest({ icon: '🦊', tool: true, warnings: ['odd'] }));
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({
      icon: '🦊',
      tool: 'blog',
      warnings: ['odd'],
      run: before.run,
    });
    expect(eventsOf(stage(), 'blog', seq)).toEqual(['AppUpdated ICON TOOL WARNINGS']);
  });

  it('valid → invalid → valid: the error at once, STOPPING until no process is left, then a start', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    stage().folders.put('blog', BROKEN);
    await stage().clock.advance(4_999);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error: 'Missing package.json' });
    await stage().clock.advance(1);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPING', error: 'Missing package.json' });
    expect(stage().linesOf('blog').slice(-2)).toEqual([
      'Invalid for 5s: Missing package.json',
      'Stopping...',
    ]);
    await stage().clock.advance(9_999);
    expect(stage().app('blog').state).toBe('STOPPING');
    await stage().clock.advance(1);
    expect(stage().app('blog')).toMatchObject({ state: 'INVALID', run: null });
    stage().folders.put('blog', withManifest());
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({
      state: 'RUNNING',
      error: null,
      run: { cause: 'MANIFEST', port: 3001 },
    });
  });

  it('valid again while it stops: it starts when no process is left', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    stage().folders.put('blog', BROKEN);
    await stage().clock.advance(10_000);
    stage().folders.put('blog', withManifest());
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPING', error: null });
    await stage().clock.advance(5_000);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('another directory in the place of a plain `current` restarts an app that runs', async () => {
    const before = runOf(stage(), 'blog');
    stage().folders.replaceCurrent('blog');
    await stage().settle();
    expect(runOf(stage(), 'blog')).toMatchObject({ cause: 'RELEASE', port: before.port });
    const { id } = runOf(stage(), 'blog');
    stage().folders.put('blog', withManifest({ icon: '🐙' }));
    await stage().settle();
    expect(runOf(stage(), 'blog').id).toBe(id);
    await stage().crash(() => stage().folders.replaceCurrent('blog'));
    await stage().settle();
    expect(runOf(stage(), 'blog')).toMatchObject({ cause: 'RELEASE', port: before.port });
    expect(runOf(stage(), 'blog').id).not.toBe(id);
  });

  it('a warning names a release that was removed under the app, until there is another one', async () => {
    stage().folders.put('blog', { release: OLD });
    await stage().settle();
    stage().folders.put('blog', { ...BROKEN, release: null, lostTarget: OLD });
    await stage().settle();
    const warnings = [
      `current leads to ${OLD}, which is not there: it was removed under the app. Point current to another release`,
    ];
    expect(stage().app('blog')).toMatchObject({ error: 'Missing package.json', warnings });
    await stage().clock.advance(10_000);
    expect(stage().app('blog')).toMatchObject({ state: 'INVALID', warnings });
    stage().folders.put('blog', { release: NEW, lostTarget: null, ...withManifest() });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', warnings: [] });
  });

  it('invalid for less than 5 s: the run goes on, and every error is shown at once', async () => {
    const { run } = stage().app('blog');
    const seq = stage().journal().at(-1)?.seq;
    for (const error of ['Missing package.json', 'package.json is not an object']) {
      stage().folders.put('blog', { manifest: { ok: false, error } });
      await stage().settle();
      expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error, run });
      await stage().clock.advance(2_000);
    }
    stage().folders.put('blog', withManifest());
    await stage().clock.advance(60_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error: null, run: { id: run?.id } });
    expect(eventsOf(stage(), 'blog', seq).filter((what) => !what.includes('HEALTH'))).toEqual(
      Array(3).fill('AppUpdated ERROR'),
    );
  });

  it('invalid while `current` is moved to another release: that one runs as soon as it is valid', async () => {
    stage().folders.put('blog', { release: OLD });
    await stage().settle();
    stage().folders.put('blog', { release: NEW, ...BROKEN });
    await stage().clock.advance(2_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', release: NEW, run: { release: OLD } });
    stage().folders.put('blog', withManifest());
    await stage().settle();
    expect(stage().app('blog').run).toMatchObject({ release: NEW, cause: 'RELEASE' });
    stage().folders.put('blog', { release: OLD, ...BROKEN });
    await stage().clock.advance(60_000);
    expect(stage().app('blog').state).toBe('INVALID');
    stage().folders.put('blog', withManifest());
    await stage().settle();
    expect(stage().app('blog').run).toMatchObject({ release: OLD, cause: 'MANIFEST' });
  });

  it('a restart of an app that runs although it is invalid fails with the reason, and stops nothing', async () => {
    const { run } = stage().app('blog');
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    const answer = await stage().control.supervisor.restart(blog, WAIT);
    expect(answer).toEqual({ ok: false, error: { code: 'APP_INVALID', message: 'Missing package.json' } });
    stage().folders.put('blog', withManifest());
    await stage().clock.advance(10_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { id: run?.id } });
  });

  it('an app that ends by itself while it is invalid is not restarted before it is valid', async () => {
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    await ends(stage(), 'blog', 1);
    expect(stage().app('blog').state).toBe('INVALID');
    await stage().clock.advance(60_000);
    stage().folders.put('blog', withManifest());
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('the 5 s begin again when another control plane recovers the app', async () => {
    const { run } = stage().app('blog');
    stage().folders.put('blog', BROKEN);
    await stage().clock.advance(4_000);
    await stage().crash();
    await stage().clock.advance(4_999);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { id: run?.id } });
    await stage().clock.advance(1);
    expect(stage().app('blog').state).toBe('INVALID');
  });

  it('B-23: a changed error text has an event', async () => {
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    const seq = stage().journal().at(-1)?.seq;
    stage().folders.put('blog', { manifest: { ok: false, error: 'package.json is not an object' } });
    await stage().settle();
    expect(stage().app('blog').error).toBe('package.json is not an object');
    expect(eventsOf(stage(), 'blog', seq)).toEqual(['AppUpdated ERROR']);
  });

  it('an app that was stopped by hand stays stopped when its files are edited', async () => {
    await stage().control.supervisor.stop(blog, WAIT);
    for (const change of [{ release: OLD }, BROKEN, withManifest(), { release: NEW }]) {
      stage().folders.put('blog', change);
      await stage().clock.advance(60_000);
    }
    expect(stage().app('blog').state).toBe('STOPPED');
    stage().folders.take('blog');
    await stage().clock.advance(3_000);
    stage().folders.put('blog', withManifest());
    await stage().clock.advance(3_000);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED' });
  });

  it('an app that was stopped by hand while it was invalid stays stopped when it is valid', async () => {
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    await stage().control.supervisor.stop(blog, BEN);
    stage().folders.put('blog', withManifest());
    await stage().settle();
    expect(stage().app('blog').state).toBe('STOPPED');
  });

  it('a retargeted `current` restarts an app that runs', async () => {
    stage().folders.put('blog', { release: OLD });
    await stage().settle();
    const seq = stage().journal().at(-1)?.seq;
    stage().folders.put('blog', { release: NEW, ...withManifest({ icon: '🐙' }) });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({
      release: NEW,
      icon: '🐙',
      run: { cause: 'RELEASE', release: NEW },
    });
    expect(stage().driver.live().at(-1)?.spec.releaseDirectory).toBe(`/apps/blog/${NEW}`);
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'RUNNING → STOPPING',
      'AppUpdated ICON RELEASE',
      'RunEnded STOPPED 143',
      'STOPPING → STARTING',
      'STARTING → RUNNING',
    ]);
  });

  it('a retargeted `current` does not start a stopped app, and restarts one that is starting', async () => {
    await stage().control.supervisor.stop(blog, WAIT);
    stage().folders.put('blog', { release: OLD });
    stage().driver.behave('*', { start: 'silent' });
    stage().folders.put('chat', { release: OLD });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', release: OLD });
    expect(runOf(stage(), 'chat')).toMatchObject({ release: OLD, phase: 'BOOTING' });
    stage().folders.put('chat', { release: NEW });
    await stage().settle();
    expect(runOf(stage(), 'chat')).toMatchObject({ release: NEW, phase: 'BOOTING' });
    expect(stage().mostAtOnce).toBe(1);
  });

  it('an observation without a difference changes nothing', async () => {
    const before = stage().app('blog');
    const { length } = stage().journal();
    for (let time = 0; time < 10; time++) stage().folders.put('blog');
    await stage().settle();
    expect(stage().app('blog')).toEqual(before);
    expect(stage().journal()).toHaveLength(length);
  });
});

describe('A20, B-22: a directory that is gone', () => {
  it('for 2 s: the app is stopped, and no longer listed', async () => {
    const { id } = stage().app('blog');
    const seq = stage().journal().at(-1)?.seq;
    stage().folders.take('blog');
    await stage().clock.advance(1_999);
    expect(stage().app('blog').state).toBe('RUNNING');
    await stage().clock.advance(1);
    expect(gone()).toBe(true);
    expect(
      stage()
        .driver.live()
        .map(({ spec }) => spec.appName),
    ).toEqual(['chat']);
    expect(stage().control.supervisor.appById(id)).toMatchObject({ name: 'blog', state: 'STOPPED' });
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'RUNNING → STOPPING',
      'RunEnded STOPPED 143',
      'AppRemoved',
    ]);
    const ports = await stage().control.supervisor.ports();
    expect(ports.map(({ port }) => port)).toEqual([3002]);
    for (const command of ['start', 'stop', 'restart', 'remove'] as const) {
      const answer = await stage().control.supervisor[command](blog, BEN);
      expect(answer).toMatchObject({ error: { code: 'APP_NOT_FOUND' } });
    }
  });

  it('is listed as STOPPING until the last of its processes is gone', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    stage().folders.take('blog');
    await stage().clock.advance(11_999);
    expect(stage().app('blog').state).toBe('STOPPING');
    await stage().clock.advance(1);
    expect(gone()).toBe(true);
  });

  it('and is back before that: nothing changes', async () => {
    const before = stage().app('blog').run;
    stage().folders.take('blog');
    await stage().clock.advance(1_999);
    stage().folders.put('blog');
    await stage().clock.advance(60_000);
    expect(stage().app('blog').run).toMatchObject({ id: before?.id });
  });

  it('and comes back: the app has its id, port, desired state, runs and lines again', async () => {
    const { id } = stage().app('chat');
    stage().folders.take('chat');
    await stage().clock.advance(6 * DAY);
    stage().folders.put('shop');
    await stage().settle();
    expect(portOf(stage(), 'shop')).toBe(3003);
    stage().folders.put('chat');
    await stage().settle();
    expect(stage().app('chat')).toMatchObject({ id, state: 'RUNNING', run: { port: 3002 } });
    expect(stage().control.supervisor.runCount(id)).toBe(2);
    expect(stage().deletedLogs).toEqual([]);
    expect(eventsOf(stage(), 'chat').slice(-3)).toEqual([
      'AppAdded',
      'STOPPED → STARTING',
      'STARTING → RUNNING',
    ]);
  });

  it('and comes back while the app is being ended: it starts again', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    stage().folders.take('blog');
    await stage().clock.advance(5_000);
    expect(stage().app('blog').state).toBe('STOPPING');
    stage().folders.put('blog');
    await stage().clock.advance(7_000);
    expect(stage().app('blog').state).toBe('RUNNING');
    expect(stage().mostAtOnce).toBe(1);
  });

  it('for 7 days: everything of the app is removed, and its port is free', async () => {
    const { id } = stage().app('blog');
    stage().folders.take('blog');
    await stage().clock.advance(7 * DAY - 3_600_000);
    expect(stage().control.supervisor.appById(id)).not.toBeNull();
    await stage().clock.advance(2 * 3_600_000);
    expect(stage().control.supervisor.appById(id)).toBeNull();
    expect(stage().deletedLogs).toEqual([id]);
    expect(stage().journal().at(-1)).toMatchObject({
      actor: 'supervisor',
      fact: { type: 'PortReleased', port: 3001 },
      app: { id, name: 'blog' },
    });
    stage().folders.put('blog');
    await stage().settle();
    expect(stage().app('blog').id).not.toBe(id);
  });

  it('the 7 days go on over restarts of the control plane', async () => {
    const { id } = stage().app('blog');
    stage().folders.take('blog');
    await stage().clock.advance(3 * DAY);
    await stage().crash();
    await stage().clock.advance(3 * DAY);
    expect(stage().control.supervisor.appById(id)).not.toBeNull();
    await stage().crash();
    await stage().clock.advance(DAY + 3_600_000);
    expect(stage().control.supervisor.appById(id)).toBeNull();
  });

  it('gives its port away where the range is full, the app longest gone first', async () => {
    const own = createStage({ ports: { min: 3001, max: 3003 } });
    try {
      for (const app of ['a', 'b', 'c']) own.folders.put(app);
      await own.start();
      await own.settle();
      own.folders.take('b');
      await own.clock.advance(10_000);
      own.folders.take('a');
      await own.clock.advance(10_000);
      own.folders.put('d');
      await own.settle();
      expect(portOf(own, 'd')).toBe(3002);
      expect(eventsOf(own, 'b').at(-1)).toBe('PortReleased 3002');
      own.folders.put('b');
      await own.settle();
      expect(portOf(own, 'b')).toBe(3001);
      own.folders.put('a');
      await own.settle();
      expect(own.app('a').error).toBe('No available ports');
    } finally {
      await own.close();
    }
  });

  it('B-14: gives no port away while a process of the app is left', async () => {
    const own = createStage({ ports: { min: 3001, max: 3001 } });
    try {
      own.folders.put('a');
      await own.start();
      await own.settle();
      own.driver.behave('*', { stop: 'ignores' });
      // It closes its port, and goes on.
      own.silence();
      own.folders.take('a');
      await own.clock.advance(5_000);
      own.folders.put('b');
      await own.settle();
      expect(own.app('b')).toMatchObject({ state: 'STOPPED', error: 'No available ports' });
      await own.clock.advance(7_000 + 5_000);
      expect(own.app('b')).toMatchObject({ state: 'RUNNING', run: { port: 3001 } });
    } finally {
      await own.close();
    }
  });

  it('during a backoff cancels the restart', async () => {
    await ends(stage(), 'blog', 1);
    await stage().clock.advance(1_000);
    await ends(stage(), 'blog', 1);
    await stage().clock.advance(2_000);
    await ends(stage(), 'blog', 1);
    stage().folders.take('blog');
    await stage().clock.advance(100_000);
    expect(gone()).toBe(true);
    expect(stage().driver.live()).toHaveLength(1);
  });

  it('of an invalid app: that one is no longer listed, either', async () => {
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    stage().folders.take('blog');
    await stage().clock.advance(2_000);
    expect(gone()).toBe(true);
  });
});

describe('A20, B-24: APPS_DIR is gone', () => {
  it('stops and removes no app; `/readyz` says so', async () => {
    stage().folders.loseAppsDir('ENOENT: no such directory');
    await stage().clock.advance(10 * DAY);
    expect(
      stage()
        .control.supervisor.apps()
        .map(({ state }) => state),
    ).toEqual(['RUNNING', 'RUNNING']);
    expect(stage().control.readiness.problems()).toEqual(['ENOENT: no such directory']);
    stage().folders.loseAppsDir(null);
    await stage().clock.advance(10_000);
    expect(stage().control.readiness.problems()).toEqual([]);
    expect(stage().control.supervisor.apps()).toHaveLength(2);
  });

  it('right after the directories in it: no app is stopped', async () => {
    for (const app of ['blog', 'chat']) stage().folders.take(app);
    await stage().clock.advance(1_900);
    stage().folders.loseAppsDir('ENOENT');
    await stage().clock.advance(DAY);
    expect(
      stage()
        .control.supervisor.apps()
        .map(({ state }) => state),
    ).toEqual(['RUNNING', 'RUNNING']);
  });

  it('and comes back without one app: that app is gone 2 s later', async () => {
    stage().folders.take('blog');
    stage().folders.loseAppsDir('ENOENT');
    await stage().clock.advance(DAY);
    stage().folders.loseAppsDir(null);
    await stage().clock.advance(1_999);
    expect(gone()).toBe(false);
    await stage().clock.advance(1);
    expect(gone()).toBe(true);
    expect(stage().app('chat').state).toBe('RUNNING');
  });

  it('and comes back with all of them: nothing changes', async () => {
    for (const app of ['blog', 'chat']) stage().folders.take(app);
    stage().folders.loseAppsDir('ENOENT');
    await stage().clock.advance(DAY);
    const ids = ['blog', 'chat'].map((app) => runOf(stage(), app).id);
    for (const app of ['blog', 'chat']) stage().folders.put(app);
    stage().folders.loseAppsDir(null);
    await stage().clock.advance(10_000);
    expect(['blog', 'chat'].map((app) => runOf(stage(), app).id)).toEqual(ids);
  });

  it('at the boot: running apps run on, and the others start when it is back', async () => {
    await ends(stage(), 'chat', 1);
    await stage().crash(() => stage().folders.loseAppsDir('ENOENT'));
    await stage().clock.advance(DAY);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { recoveries: 1 } });
    expect(stage().app('chat')).toMatchObject({ state: 'BACKOFF', desiredState: 'RUNNING' });
    expect(stage().control.readiness.problems()).toEqual(['ENOENT']);
    stage().folders.loseAppsDir(null);
    await stage().clock.advance(10_000);
    expect(stage().app('chat').state).toBe('RUNNING');
    expect(runOf(stage(), 'blog').recoveries).toBe(1);
  });

  it('an app can still be stopped, and can end by itself', async () => {
    stage().folders.loseAppsDir('ENOENT');
    await stage().control.supervisor.stop(blog, WAIT);
    await ends(stage(), 'chat', 1);
    await stage().clock.advance(1_000);
    expect(stage().app('blog').state).toBe('STOPPED');
    expect(stage().app('chat').state).toBe('RUNNING');
  });
});
