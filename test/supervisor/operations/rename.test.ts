import { describe, expect, it } from 'vitest';
import {
  BEN,
  BROKEN,
  ends,
  eventsOf,
  later,
  NEW,
  OLD,
  portOf,
  runOf,
  stageWith,
  WAIT,
  withManifest,
} from '../given.ts';

const stage = stageWith(['blog', 'chat']);
const rename = (to: string, from = 'blog') => stage().control.supervisor.rename({ name: from }, to, BEN);

const RULE = 'Name must start with a letter and contain only lowercase letters, numbers, and hyphens';

describe('A18: what a rename checks', () => {
  it('first, that there is such an app', async () => {
    expect(await rename('Not A Name', 'nope')).toEqual({
      ok: false,
      error: { code: 'APP_NOT_FOUND', message: 'App not found' },
    });
  });

  const taken = {
    ok: false,
    error: { code: 'NAME_TAKEN', message: 'An app with that name already exists' },
  };

  it('then, that no app has the name, its own included', async () => {
    expect(await rename('chat')).toEqual(taken);
    expect(await rename('blog')).toEqual(taken);
    stage().folders.put('Not A Name', BROKEN);
    await stage().settle();
    expect(await rename('Not A Name')).toEqual(taken);
  });

  it('nor a directory that is no app', async () => {
    stage().folders.strays.add('stray');
    expect(await rename('stray')).toEqual(taken);
  });

  for (const name of ['', 'Diary', '1st', '-x', 'a b', '../up', 'a/b', 'ä', 'a\0', 'a_b']) {
    it(`then, that ${JSON.stringify(name)} is not a name for an app`, async () => {
      expect(await rename(name)).toEqual({
        ok: false,
        error: { code: 'NAME_INVALID', message: RULE, path: ['name'] },
      });
    });
  }

  it('then, that the name is not too long', async () => {
    const { error } = { error: await rename('a'.repeat(64)) };
    expect(error).toMatchObject({ error: { code: 'NAME_INVALID' } });
    expect(await rename('a'.repeat(63))).toMatchObject({ ok: true });
  });

  it('and changes nothing before', async () => {
    const before = stage().app('blog');
    const { length } = stage().journal();
    for (const name of ['chat', 'blog', 'Diary', '', 'a'.repeat(64)]) await rename(name);
    await stage().settle();
    expect(stage().app('blog')).toEqual(before);
    expect(stage().journal()).toHaveLength(length);
    expect(stage().folders.names()).toEqual(['blog', 'chat']);
  });
});

describe('A18: a rename', () => {
  it('stops, waits, moves and starts again; id, port, runs and lines stay', async () => {
    const before = stage().app('blog');
    const seq = stage().journal().at(-1)?.seq;
    const answer = await rename('diary');
    expect(answer).toMatchObject({ ok: true, value: { id: before.id, name: 'diary' } });
    await stage().settle();
    expect(stage().app('diary')).toMatchObject({
      id: before.id,
      state: 'RUNNING',
      run: { port: 3001, cause: 'RENAME', actor: 'ben' },
    });
    expect(stage().control.supervisor.app({ name: 'blog' })).toBeNull();
    expect(stage().control.supervisor.runCount(before.id)).toBe(2);
    expect(stage().linesOf('diary')).toEqual([
      'Starting on port 3001...',
      'Stopping...',
      'Stopped',
      'Starting on port 3001...',
    ]);
    expect(stage().folders.names().sort()).toEqual(['chat', 'diary']);
    expect(
      stage()
        .driver.live()
        .find(({ spec }) => spec.app === before.id)?.spec,
    ).toMatchObject({
      appName: 'diary',
      appDirectory: '/apps/diary',
      releaseDirectory: '/apps/diary/current',
    });
    expect(stage().consoleNames.get(before.id)).toBe('diary');
    expect([...eventsOf(stage(), 'blog', seq), '|', ...eventsOf(stage(), 'diary', seq)]).toEqual([
      'RUNNING → STOPPING',
      'RunEnded STOPPED 143',
      'STOPPING → STOPPED',
      '|',
      'AppRenamed from blog',
      'STOPPED → STARTING',
      'STARTING → RUNNING',
    ]);
    expect(
      stage()
        .journal()
        .find(({ fact }) => fact.type === 'AppRenamed')?.actor,
    ).toBe('ben');
  });

  it('B-11: waits for the exit before it moves anything', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(rename('diary'));
    await stage().clock.advance(9_999);
    expect(stage().folders.names()).toContain('blog');
    expect(answer.value).toBeUndefined();
    await stage().clock.advance(1);
    expect(answer.value).toMatchObject({ ok: true });
    expect(stage().mostAtOnce).toBe(1);
  });

  it('of a stopped app starts nothing', async () => {
    await stage().control.supervisor.stop({ name: 'blog' }, WAIT);
    await rename('diary');
    await stage().clock.advance(60_000);
    expect(stage().app('diary').state).toBe('STOPPED');
  });

  it('of an invalid app starts nothing, and keeps its error', async () => {
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    expect(await rename('diary')).toMatchObject({ ok: true });
    await stage().settle();
    expect(stage().app('diary')).toMatchObject({ state: 'INVALID', error: 'Missing package.json' });
  });

  it('gives an app whose directory has an invalid name a valid one', async () => {
    stage().folders.put('My App', { manifest: { ok: false, error: 'bad name' } });
    await stage().settle();
    expect(await rename('my-app', 'My App')).toMatchObject({ ok: true });
    stage().folders.put('my-app', withManifest());
    await stage().settle();
    expect(stage().app('my-app').state).toBe('RUNNING');
  });

  it('B-11: while the app starts never runs two copies', async () => {
    stage().driver.behave('*', { start: 'silent' });
    await stage().control.supervisor.restart({ name: 'blog' }, BEN);
    await stage().settle();
    expect(await rename('diary')).toMatchObject({ ok: true });
    stage().driver.behave('*', {});
    await stage().settle();
    expect(stage().mostAtOnce).toBe(1);
    expect(stage().app('diary').state).toBe('STARTING');
    expect(stage().driver.live()).toHaveLength(2);
    await stage().clock.advance(31_000);
    expect(stage().app('diary').state).toBe('RUNNING');
  });

  it('while the app installs begins again under the new name', async () => {
    stage().driver.behave('*', { install: 'hangs' });
    await stage().control.supervisor.restart({ name: 'blog' }, BEN);
    await stage().settle();
    stage().driver.behave('*', {});
    expect(await rename('diary')).toMatchObject({ ok: true });
    await stage().settle();
    expect(stage().app('diary').state).toBe('RUNNING');
  });

  it('B-11: during a backoff keeps the restart, its attempt and its time', async () => {
    await ends(stage(), 'blog', 1);
    await stage().clock.advance(1_000);
    await ends(stage(), 'blog', 1);
    const { restart } = stage().app('blog');
    expect(restart?.attempt).toBe(2);
    await rename('diary');
    expect(stage().app('diary')).toMatchObject({ state: 'BACKOFF', restart });
    await stage().clock.advance(1_999);
    expect(stage().app('diary').state).toBe('BACKOFF');
    await stage().clock.advance(1);
    expect(stage().app('diary')).toMatchObject({ state: 'RUNNING', run: { cause: 'CRASH' } });
  });

  it('B-12: a start or a stop during it decides what runs afterwards', async () => {
    const { supervisor } = stage().control;
    stage().driver.behave('*', { stop: 'ignores' });
    const first = rename('diary');
    await stage().settle();
    await supervisor.stop({ name: 'blog' }, BEN);
    await stage().clock.advance(10_000);
    await first;
    expect(stage().app('diary')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED' });
    const second = rename('journal', 'diary');
    await supervisor.start({ name: 'diary' }, BEN);
    await second;
    await stage().settle();
    expect(stage().app('journal').state).toBe('RUNNING');
  });

  it('that fails starts the app again, and has the reason', async () => {
    stage().folders.failNext('rename', 'EACCES: permission denied');
    expect(await rename('diary')).toEqual({
      ok: false,
      error: { code: 'RENAME_FAILED', message: 'Failed to rename directory: EACCES: permission denied' },
    });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { port: 3001 } });
    expect(stage().folders.names()).toEqual(['blog', 'chat']);
    expect(stage().problems).toEqual([]);
  });

  it('that fails does not start a stopped app, and keeps a restart that is due', async () => {
    await stage().control.supervisor.stop({ name: 'chat' }, WAIT);
    stage().folders.failNext('rename', 'EACCES');
    await rename('talk', 'chat');
    await ends(stage(), 'blog', 1);
    stage().folders.failNext('rename', 'EACCES');
    await rename('diary');
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', restart: { attempt: 1 } });
    await stage().clock.advance(1_000);
    expect(stage().app('chat').state).toBe('STOPPED');
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('fails with STOP_FAILED where the app cannot be ended, and moves nothing', async () => {
    stage().driver.stop = () => {};
    stage().driver.signal = () => {};
    const answer = later(rename('diary'));
    await stage().clock.advance(20_000);
    expect(answer.value).toMatchObject({ error: { code: 'STOP_FAILED' } });
    expect(stage().folders.names()).toEqual(['blog', 'chat']);
    stage().driver.tell(runOf(stage(), 'blog').id, { type: 'ENDED', code: null, signal: null });
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('whose record cannot be committed is undone, the directory included', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(rename('diary'));
    await stage().settle();
    stage().folders.before('look', () => {
      stage().full = true;
    });
    await stage().clock.advance(10_000);
    expect(answer.value).toEqual({
      ok: false,
      error: {
        code: 'RENAME_FAILED',
        message: 'The directory has its name again, blog: database or disk is full',
      },
    });
    expect(stage().folders.names().sort()).toEqual(['blog', 'chat']);
    stage().full = false;
    await stage().clock.advance(1_000);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('that can be neither finished nor undone leaves an app that accepts commands', async () => {
    stage().folders.before('look', () => {
      stage().full = true;
      stage().folders.failNext('rename', 'EIO: i/o error');
    });
    expect(await rename('diary')).toEqual({
      ok: false,
      error: {
        code: 'RENAME_FAILED',
        message:
          'The directory is diary now, and the app could not follow (database or disk is full). Going back failed, too (EIO: i/o error): rename it to blog by hand',
      },
    });
    stage().full = false;
    await stage().clock.advance(1_000);
    // The directory has the new name, which the next look reports.
    stage().folders.put('diary');
    await stage().clock.advance(10_000);
    expect(
      stage()
        .stores.apps.all()
        .map(({ lifecycle }) => lifecycle.hold),
    ).toEqual([null, null]);
    expect(await stage().control.supervisor.restart({ name: 'diary' }, WAIT)).toMatchObject({ ok: true });
  });

  it('takes the name of an app whose directory is gone', async () => {
    const { id } = stage().app('chat');
    stage().folders.take('chat');
    await stage().clock.advance(2_000);
    expect(await rename('chat')).toMatchObject({ ok: true });
    await stage().settle();
    expect(stage().app('chat')).toMatchObject({ state: 'RUNNING', run: { port: 3001 } });
    expect(stage().control.supervisor.appById(id)).toBeNull();
    expect(stage().deletedLogs).toEqual([id]);
  });

  it('does not miss an edit that was made while the app was being stopped', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = rename('diary');
    await stage().settle();
    stage().folders.put('blog', withManifest({ icon: '🦊' }));
    await stage().clock.advance(10_000);
    await answer;
    await stage().settle();
    expect(stage().app('diary').icon).toBe('🦊');
  });

  it('does not restart for a release that is the same under the new name', async () => {
    stage().folders.put('blog', { release: OLD });
    await stage().settle();
    await rename('diary');
    await stage().settle();
    const { id } = runOf(stage(), 'diary');
    stage().folders.put('diary', { release: OLD });
    await stage().settle();
    expect(runOf(stage(), 'diary').id).toBe(id);
    stage().folders.put('diary', { release: NEW });
    await stage().settle();
    expect(runOf(stage(), 'diary').id).not.toBe(id);
  });

  it('of two apps to one name at once renames one of them', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answers = [later(rename('diary')), later(rename('diary', 'chat'))];
    await stage().clock.advance(10_000);
    expect(answers.map(({ value }) => value?.ok)).toEqual([true, false]);
    await stage().settle();
    expect(stage().app('diary').state).toBe('RUNNING');
    expect(stage().app('chat').state).toBe('RUNNING');
  });
});

describe('B-22: a directory that is moved within APPS_DIR', () => {
  it('is a rename: the same id, and the app runs on', async () => {
    const before = runOf(stage(), 'blog');
    const seq = stage().journal().at(-1)?.seq;
    stage().folders.move('blog', 'diary');
    await stage().clock.advance(10_000);
    expect(stage().app('diary')).toMatchObject({ id: before.app, state: 'RUNNING', run: { id: before.id } });
    expect(stage().control.supervisor.app({ name: 'blog' })).toBeNull();
    expect([...eventsOf(stage(), 'blog', seq), ...eventsOf(stage(), 'diary', seq)]).toEqual([
      'AppRenamed from blog',
    ]);
    expect(stage().consoleNames.get(before.app)).toBe('diary');
  });

  it('another directory that gets its old name at once is a new app', async () => {
    const { id } = stage().app('blog');
    stage().folders.move('blog', 'diary');
    stage().folders.put('blog');
    await stage().clock.advance(10_000);
    expect(stage().app('blog').id).toBe(id);
    expect(stage().app('diary').id).not.toBe(id);
    expect(
      stage()
        .control.supervisor.apps()
        .map(({ state }) => state),
    ).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  });

  it('onto the name of a gone app takes that name', async () => {
    const { id } = stage().app('blog');
    stage().folders.take('chat');
    await stage().clock.advance(2_000);
    stage().folders.move('blog', 'chat');
    await stage().settle();
    expect(stage().app('chat').id).toBe(id);
  });

  for (const name of ['blog.old', 'My Blog', '20260101-blog']) {
    it(`A20: to ${name}, which no app can have, is a removal; a move back brings its id and port back`, async () => {
      const before = runOf(stage(), 'blog');
      const badName = { ok: false, error: 'bad name' } as const;
      stage().folders.move('blog', name, { manifest: badName });
      await stage().settle();
      expect(stage().app(name)).toMatchObject({ state: 'INVALID', error: 'bad name', run: null });
      expect(stage().app(name).id).not.toBe(before.app);
      expect(runOf(stage(), 'blog').id).toBe(before.id);
      await stage().clock.advance(2_000);
      expect(stage().control.supervisor.app({ name: 'blog' })).toBeNull();
      expect(stage().driver.live()).toHaveLength(1);
      expect(portOf(stage(), name)).toBeNull();
      await stage().clock.advance(60_000);
      stage().folders.move(name, 'blog', withManifest());
      await stage().settle();
      expect(stage().app('blog')).toMatchObject({
        id: before.app,
        state: 'RUNNING',
        run: { port: before.port },
      });
      await stage().clock.advance(2_000);
      expect(stage().control.supervisor.app({ name })).toBeNull();
    });
  }

  it('A20: to such a name is a removal also while there is no control plane', async () => {
    const before = runOf(stage(), 'blog');
    const badName = { ok: false, error: 'bad name' } as const;
    await stage().crash(() => stage().folders.move('blog', 'blog.old', { manifest: badName }));
    await stage().clock.advance(2_000);
    expect(stage().control.supervisor.app({ name: 'blog' })).toBeNull();
    expect(stage().app('blog.old').id).not.toBe(before.app);
    expect(stage().driver.live()).toHaveLength(1);
  });
});
