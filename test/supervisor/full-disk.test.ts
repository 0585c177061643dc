import { describe, expect, it } from 'vitest';
import { BEN, ends, eventsOf, lastRun, later, runOf, stageWith, WAIT, withManifest } from './given.ts';

const stage = stageWith(['blog', 'chat']);
const blog = { name: 'blog' };
const FULL = {
  ok: false,
  error: { code: 'OPERATION_FAILED', message: 'Nothing has changed: database or disk is full' },
};

describe('a full disk', () => {
  it('makes every command answer with an error, and changes nothing', async () => {
    const { supervisor } = stage().control;
    const before = supervisor.apps();
    stage().full = true;
    expect(await supervisor.stop(blog, WAIT)).toEqual(FULL);
    expect(await supervisor.restart(blog, WAIT)).toEqual(FULL);
    expect(await supervisor.remove(blog, BEN)).toEqual(FULL);
    expect(await supervisor.rename(blog, 'diary', BEN)).toEqual(FULL);
    expect(await supervisor.setIcon(blog, '🦊', BEN)).toEqual(FULL);
    expect(await supervisor.activateRelease(blog, '20260102-000000', BEN)).toEqual(FULL);
    await stage().settle();
    expect(supervisor.apps()).toEqual(before);
    expect(stage().driver.live()).toHaveLength(2);
    expect(stage().folders.names()).toEqual(['blog', 'chat']);
    expect(await stage().folders.files.look('blog')).toMatchObject({ release: null });
    stage().full = false;
    await stage().clock.advance(2_000);
    expect(await supervisor.restart(blog, WAIT)).toMatchObject({ ok: true });
    expect(
      stage()
        .stores.apps.all()
        .flatMap(({ lifecycle }) => lifecycle.hold ?? []),
    ).toEqual([]);
  });

  it('refuses a start and a port, too', async () => {
    const { supervisor } = stage().control;
    await supervisor.stop(blog, WAIT);
    stage().full = true;
    expect(await supervisor.start(blog, WAIT)).toEqual(FULL);
    expect(await supervisor.assignPort(blog, 3007, BEN)).toEqual(FULL);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED' });
    expect(stage().stores.ports.ofApp(stage().app('blog').id)?.port).toBe(3001);
  });

  it('ends no app, for as long as it lasts', async () => {
    stage().full = true;
    await stage().clock.advance(3_600_000);
    expect(stage().driver.live()).toHaveLength(2);
    expect(
      stage()
        .control.supervisor.apps()
        .map(({ state }) => state),
    ).toEqual(['RUNNING', 'RUNNING']);
    stage().full = false;
    await stage().clock.advance(40_000);
    expect(stage().app('blog').health).toBe('HEALTHY');
  });

  it('ends no app that fails its health checks meanwhile: effects follow a commit', async () => {
    stage().full = true;
    stage().health = { ok: false, status: 500, reason: 'GET / answered 500' };
    await stage().clock.advance(600_000);
    expect(stage().driver.live()).toHaveLength(2);
    expect(stage().driver.commands.map(({ type }) => type)).not.toContain('stop');
  });

  it('the journal has the end of an app once, when there is room again', async () => {
    stage().full = true;
    const seq = stage().journal().at(-1)?.seq;
    await ends(stage(), 'blog', 3);
    const at = stage().clock.now();
    await stage().clock.advance(60_000);
    expect(stage().app('blog').state).toBe('RUNNING');
    expect(eventsOf(stage(), 'blog', seq)).toEqual([]);
    stage().full = false;
    await stage().clock.advance(1_000);
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'RunEnded EXITED 3',
      'RUNNING → BACKOFF',
      'AppUpdated ERROR',
      'RestartScheduled 1',
    ]);
    expect(lastRun(stage(), 'blog').exit?.at).toBeGreaterThanOrEqual(at);
    await stage().clock.advance(1_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { cause: 'CRASH' } });
    expect(
      stage()
        .linesOf('blog')
        .filter((line) => line === 'Exited with code 3'),
    ).toHaveLength(1);
  });

  it('refuses commands at once while a change waits for room', async () => {
    stage().full = true;
    await ends(stage(), 'blog', 3);
    const answer = later(stage().control.supervisor.stop(blog, WAIT));
    await stage().settle();
    expect(answer.value).toEqual({
      ok: false,
      error: {
        code: 'OPERATION_FAILED',
        message: 'Nothing has changed: The database takes no changes at the moment',
      },
    });
    stage().full = false;
    await stage().clock.advance(1_000);
    expect(await stage().control.supervisor.stop(blog, WAIT)).toMatchObject({ ok: true });
  });

  it('is logged once for an app, however long it lasts', async () => {
    stage().full = true;
    await ends(stage(), 'blog', 3);
    stage().folders.put('shop');
    await stage().clock.advance(20_000);
    expect(stage().problems).toEqual([
      'a change could not be committed; it is tried again every second: Error: database or disk is full',
      expect.stringMatching(/^an observation of an app could not be applied; it is tried again: /),
    ]);
    stage().full = false;
    await stage().clock.advance(5_000);
    stage().full = true;
    await ends(stage(), 'blog', 3);
    expect(stage().problems).toHaveLength(3);
  });

  it('does not hold up another app when there is room', async () => {
    stage().full = true;
    await ends(stage(), 'blog', 3);
    stage().full = false;
    expect(await stage().control.supervisor.restart({ name: 'chat' }, WAIT)).toMatchObject({ ok: true });
  });

  it('while an app starts: it asks for its port again when there is room', async () => {
    await ends(stage(), 'blog', 3);
    stage().full = true;
    await stage().clock.advance(100_000);
    stage().full = false;
    await stage().clock.advance(10_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error: null, run: { port: 3001 } });
  });

  it('when there is a new app: it is found when there is room', async () => {
    stage().full = true;
    stage().folders.put('shop');
    await stage().clock.advance(60_000);
    expect(stage().control.supervisor.app({ name: 'shop' })).toBeNull();
    stage().full = false;
    await stage().clock.advance(5_000);
    expect(stage().app('shop')).toMatchObject({ state: 'RUNNING', run: { port: 3003 } });
  });

  it('when an app is edited, moved or gone: the change is applied when there is room', async () => {
    stage().full = true;
    stage().folders.put('blog', withManifest({ icon: '🐢' }));
    stage().folders.move('chat', 'talk');
    await stage().clock.advance(60_000);
    stage().full = false;
    await stage().clock.advance(2_000);
    expect(stage().app('blog').icon).toBe('🐢');
    expect(stage().app('talk').state).toBe('RUNNING');
    stage().full = true;
    stage().folders.take('blog');
    await stage().clock.advance(60_000);
    expect(stage().driver.live()).toHaveLength(2);
    stage().full = false;
    await stage().clock.advance(5_000);
    expect(stage().control.supervisor.app(blog)).toBeNull();
    expect(stage().driver.live()).toHaveLength(1);
  });

  it('when a directory is gone and back meanwhile: nothing changes', async () => {
    const { id } = runOf(stage(), 'blog');
    stage().folders.take('blog');
    await stage().clock.advance(1_000);
    stage().full = true;
    stage().folders.put('blog');
    await stage().clock.advance(5_000);
    stage().full = false;
    await stage().clock.advance(5_000);
    expect(runOf(stage(), 'blog').id).toBe(id);
  });

  it('at a shutdown: nothing is tried again', async () => {
    stage().full = true;
    stage().folders.put('shop');
    await stage().settle();
    stage().full = false;
    await stage().control.shutdown(false);
    expect(stage().clock.pending()).toBe(0);
  });

  it('when another app takes the name of a gone one: it is found when there is room', async () => {
    stage().folders.take('chat');
    await stage().clock.advance(3_000);
    stage().full = true;
    stage().folders.move('blog', 'chat');
    await stage().clock.advance(10_000);
    stage().full = false;
    await stage().clock.advance(5_000);
    expect(stage().app('chat')).toMatchObject({ state: 'RUNNING', run: { port: 3001 } });
    expect(stage().control.supervisor.apps()).toHaveLength(1);
  });

  it('at a shutdown: apps are ended all the same, and it is not clean', async () => {
    stage().full = true;
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(stage().control.shutdown(false));
    await stage().clock.advance(19_999);
    expect(
      stage()
        .driver.commands.slice(-2)
        .map(({ type }) => type),
    ).toEqual(['stop', 'stop']);
    expect(stage().driver.live()).toHaveLength(2);
    await stage().clock.advance(1);
    expect(answer.value).toEqual({ clean: false });
    expect(stage().driver.live()).toEqual([]);
    stage().full = false;
    await stage().crash();
    await stage().clock.advance(1_000);
    expect(
      stage()
        .control.supervisor.apps()
        .map(({ state }) => state),
    ).toEqual(['RUNNING', 'RUNNING']);
  });

  it('at a shutdown: a command that waits for a start is answered', async () => {
    stage().driver.behave('*', { start: 'manual' });
    const restart = later(stage().control.supervisor.restart(blog, WAIT));
    await stage().settle();
    stage().full = true;
    const answer = later(stage().control.shutdown(false));
    await stage().clock.advance(25_000);
    expect(answer.value).toEqual({ clean: false });
    expect(restart.value).toMatchObject({
      error: { message: 'Superseded by the shutdown of the control plane' },
    });
    expect(stage().clock.pending()).toBe(0);
  });

  it('and a kill of the control plane: the next one knows what ended', async () => {
    stage().full = true;
    await ends(stage(), 'blog', 3);
    await stage().crash(() => {
      stage().full = false;
    });
    await stage().clock.advance(2_000);
    expect(stage().app('blog').state).toBe('RUNNING');
    expect(runOf(stage(), 'blog').id).not.toBe(1);
    expect(stage().mostAtOnce).toBe(1);
  });
});
