import { describe, expect, it } from 'vitest';
import type { Stage } from '../../support/stage.ts';
import { BEN, BROKEN, ends, eventsOf, later, portOf, runOf, stageWith, WAIT } from '../given.ts';

const stage = stageWith(['blog', 'chat']);
const blog = { name: 'blog' };
const remove = () => stage().control.supervisor.remove(blog, BEN);

/** Only its events, and its directory in the trash, are left of the app. */
function expectRemoved(at: Stage, id: number): void {
  expect(at.control.supervisor.app(blog)).toBeNull();
  expect(at.control.supervisor.appById(id)).toBeNull();
  expect(at.stores.apps.all().map((app) => app.id)).not.toContain(id);
  expect(at.stores.ports.ofApp(id)).toBeNull();
  expect(at.stores.runs.count(id)).toBe(0);
  expect(at.deletedLogs).toEqual([id]);
  expect(at.folders.names()).toEqual(['chat']);
  expect(at.driver.live().map(({ spec }) => spec.appName)).toEqual(['chat']);
}

describe('a removal', () => {
  it('stops the app, moves its directory to the trash and frees its port', async () => {
    const { id } = stage().app('blog');
    const seq = stage().journal().at(-1)?.seq;
    expect(await remove()).toEqual({ ok: true, value: { appId: id, appName: 'blog' } });
    expectRemoved(stage(), id);
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'RUNNING → STOPPING',
      'RunEnded STOPPED 143',
      'STOPPING → STOPPED',
      'PortReleased 3001',
      'AppRemoved',
    ]);
    expect(stage().journal().at(-1)).toMatchObject({ actor: 'ben', app: { id, name: 'blog' } });
    await stage().crash();
    await stage().clock.advance(60_000);
    expectRemoved(stage(), id);
  });

  it('B-14: gives the port to no other app before the last process is gone', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(remove());
    stage().folders.put('shop');
    await stage().clock.advance(9_999);
    expect(portOf(stage(), 'shop')).toBe(3003);
    expect(portOf(stage(), 'blog')).toBe(3001);
    expect(answer.value).toBeUndefined();
    await stage().clock.advance(1);
    expect(answer.value?.ok).toBe(true);
    stage().folders.put('wiki');
    await stage().settle();
    expect(portOf(stage(), 'wiki')).toBe(3001);
  });

  it('B-8: kills an app that ignores SIGTERM', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(remove());
    await stage().clock.advance(10_000);
    expect(answer.value?.ok).toBe(true);
    expect(stage().driver.commands).toContainEqual({ type: 'signal', run: 1, signal: 'SIGKILL' });
  });

  for (const [state, arrange] of [
    ['starting', () => stage().driver.behave('*', { start: 'silent' })],
    ['installing', () => stage().driver.behave('*', { install: 'hangs' })],
    ['being spawned', () => stage().driver.behave('*', { start: 'manual' })],
  ] as const) {
    it(`of an app that is ${state} leaves nothing behind`, async () => {
      const { id } = stage().app('blog');
      arrange();
      await stage().control.supervisor.restart(blog, BEN);
      await stage().settle();
      expect(stage().app('blog').state).toBe('STARTING');
      expect(await remove()).toMatchObject({ ok: true });
      expectRemoved(stage(), id);
      await stage().clock.advance(700_000);
      expectRemoved(stage(), id);
    });
  }

  it('of an app that is taking its port leaves no port behind', async () => {
    const { id } = stage().app('blog');
    await stage().control.supervisor.stop(blog, WAIT);
    void stage().control.supervisor.start(blog, BEN);
    expect(stage().stores.apps.all()[0]?.lifecycle.phase.kind).toBe('CLAIMING');
    await remove();
    await stage().settle();
    expectRemoved(stage(), id);
    expect(stage().problems).toEqual([]);
  });

  it('of a new app that is taking its first port leaves no port behind', async () => {
    stage().folders.put('blip');
    // The app is known, and the look at its port is still under way.
    for (let tries = 0; !stage().control.supervisor.app({ name: 'blip' }) && tries < 100; tries++) {
      await Promise.resolve();
    }
    await stage().control.supervisor.remove({ name: 'blip' }, BEN);
    await stage().settle();
    const apps = new Set(
      stage()
        .stores.apps.all()
        .map(({ id }) => id),
    );
    expect(
      stage()
        .stores.ports.all()
        .every(({ app }) => apps.has(app)),
    ).toBe(true);
    expect(stage().control.supervisor.app({ name: 'blip' })).toBeNull();
  });

  it('during a backoff cancels the restart', async () => {
    const { id } = stage().app('blog');
    await ends(stage(), 'blog', 1);
    await remove();
    await stage().clock.advance(100_000);
    expectRemoved(stage(), id);
  });

  it('of an invalid app works as well', async () => {
    const { id } = stage().app('blog');
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    expect(await remove()).toMatchObject({ ok: true });
    expectRemoved(stage(), id);
  });

  it('B-12: wins over every command that comes during it', async () => {
    const { id } = stage().app('blog');
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(remove());
    await stage().settle();
    const start = later(stage().control.supervisor.start(blog, WAIT));
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(start.value).toMatchObject({ error: { message: 'Superseded by its removal' } });
    await stage().clock.advance(10_000);
    expect(answer.value?.ok).toBe(true);
    expectRemoved(stage(), id);
  });

  it('that cannot move the directory changes nothing, and the app runs again', async () => {
    stage().folders.failNext('trash', 'EXDEV: cross-device link');
    expect(await remove()).toEqual({
      ok: false,
      error: {
        code: 'OPERATION_FAILED',
        message: 'The directory could not be moved to the trash: EXDEV: cross-device link',
      },
    });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { port: 3001 } });
    expect(stage().problems).toEqual([]);
  });

  it('that cannot be committed is undone', async () => {
    stage().folders.before('trash', () => {
      stage().full = true;
    });
    expect(await remove()).toEqual({
      ok: false,
      error: {
        code: 'OPERATION_FAILED',
        message: 'The directory is back in its place: database or disk is full',
      },
    });
    expect(stage().folders.names().sort()).toEqual(['blog', 'chat']);
    stage().full = false;
    await stage().clock.advance(1_000);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('that can be neither finished nor undone leaves an app that accepts commands', async () => {
    stage().folders.before('trash', () => {
      stage().full = true;
      stage().folders.failNext('restore', 'EIO: i/o error');
    });
    expect(await remove()).toEqual({
      ok: false,
      error: {
        code: 'OPERATION_FAILED',
        message: expect.stringMatching(
          /^The directory is in the trash \(\.trash\/blog-\d+\), and the app is still listed \(database or disk is full\)\. Going back failed, too \(EIO: i\/o error\)/,
        ),
      },
    });
    stage().full = false;
    await stage().clock.advance(1_000);
    expect(
      stage()
        .stores.apps.all()
        .map(({ lifecycle, intent }) => [lifecycle.hold, intent]),
    ).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it('fails with STOP_FAILED where the app cannot be ended, and the app stays', async () => {
    stage().driver.stop = () => {};
    stage().driver.signal = () => {};
    const answer = later(remove());
    await stage().clock.advance(20_000);
    expect(answer.value).toEqual({
      ok: false,
      error: {
        code: 'STOP_FAILED',
        message: 'Processes of blog are still there although SIGKILL was sent',
      },
    });
    expect(stage().folders.names()).toContain('blog');
    stage().driver.tell(runOf(stage(), 'blog').id, { type: 'ENDED', code: null, signal: null });
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('is final: a directory of that name is a new app', async () => {
    const { id } = stage().app('blog');
    await remove();
    stage().folders.put('blog');
    await stage().settle();
    expect(stage().app('blog').id).not.toBe(id);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('does not miss a directory of that name that is made before its end', async () => {
    stage().folders.before('trash', () => stage().folders.put('other'));
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = remove();
    await stage().clock.advance(10_000);
    await answer;
    await stage().settle();
    expect(stage().app('other').state).toBe('RUNNING');
  });
});

describe('B-12: rename, removal, activation and port assignment exclude one another', () => {
  const operations = {
    rename: () => stage().control.supervisor.rename(blog, 'diary', BEN),
    removal: remove,
    activation: () => stage().control.supervisor.activateRelease(blog, '20260102-000000', BEN),
  };

  for (const [first, begin] of Object.entries(operations)) {
    it(`while ${first === 'activation' ? 'an' : 'a'} ${first} is under way, the others fail with APP_BUSY`, async () => {
      stage().driver.behave('*', { stop: 'ignores' });
      void begin();
      await stage().settle();
      const others = { ...operations, 'port assignment': assign };
      for (const other of Object.values(others)) {
        expect(await other()).toEqual({
          ok: false,
          error: {
            code: 'APP_BUSY',
            message: `A${first === 'activation' ? 'n' : ''} ${first} of blog is under way`,
            state: 'STOPPING',
          },
        });
      }
    });
  }

  it('operations on another app go on', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    void remove();
    await stage().settle();
    const answer = later(stage().control.supervisor.rename({ name: 'chat' }, 'talk', BEN));
    await stage().clock.advance(10_000);
    expect(answer.value?.ok).toBe(true);
  });

  it('when it is done, the next may begin', async () => {
    stage().folders.failNext('rename', 'EACCES');
    await operations.rename();
    expect(await operations.removal()).toMatchObject({ ok: true });
  });

  function assign() {
    return stage().control.supervisor.assignPort(blog, 3007, BEN);
  }
});
