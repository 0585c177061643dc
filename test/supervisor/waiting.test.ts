import { beforeEach, describe, expect, it } from 'vitest';
import { BEN, BROKEN, ends, later, runOf, stageWith, WAIT } from './given.ts';

const stage = stageWith(['blog']);
const blog = { name: 'blog' };

const failed = (message: string) => ({
  ok: false,
  error: { code: 'START_FAILED', message, exit: null, run: null },
});

describe('B-12: `wait` of a start', () => {
  beforeEach(async () => {
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    stage().driver.behave('*', { start: 'silent' });
  });

  function start() {
    return later(stage().control.supervisor.start(blog, WAIT));
  }

  it('answers when the app is ready, not before', async () => {
    const answer = start();
    await stage().clock.advance(29_000);
    expect(answer.value).toBeUndefined();
    stage().driver.tell(runOf(stage(), 'blog').id, { type: 'LISTENING', address: '127.0.0.1' });
    await stage().settle();
    expect(answer.value).toMatchObject({ ok: true, value: { name: 'blog', state: 'RUNNING' } });
  });

  it('answers at once where the app is ready', async () => {
    stage().driver.behave('*', {});
    await stage().control.supervisor.start(blog, BEN);
    await stage().settle();
    expect(await stage().control.supervisor.start(blog, WAIT)).toMatchObject({ ok: true });
  });

  it('without `wait` is answered as soon as it is accepted', async () => {
    const answer = await stage().control.supervisor.start(blog, BEN);
    expect(answer).toMatchObject({ ok: true, value: { state: 'STARTING', desiredState: 'RUNNING' } });
  });

  it('answers when the first run has ended, with its exit; the retries go on', async () => {
    const answer = start();
    await stage().settle();
    const { id } = runOf(stage(), 'blog');
    await ends(stage(), 'blog', 3);
    expect(answer.value).toEqual({
      ok: false,
      error: {
        code: 'START_FAILED',
        message: 'It ended by itself before it was ready with code 3',
        exit: { code: 3, signal: null, reason: 'EXITED', at: stage().clock.now() },
        run: id,
      },
    });
    stage().driver.behave('*', {});
    await stage().clock.advance(1_000);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('answers with why the installation failed', async () => {
    stage().driver.behave('*', { install: { fails: 'npm ci failed' } });
    const answer = start();
    await stage().settle();
    expect(answer.value).toMatchObject({
      error: { code: 'START_FAILED', message: 'npm ci failed', exit: { reason: 'INSTALL_FAILED' } },
    });
  });

  it('answers with why nothing listened in time', async () => {
    const answer = start();
    await stage().clock.advance(30_000);
    expect(answer.value).toMatchObject({
      error: {
        message: 'Nothing listens on port 3001 (PORT) after 30s (toes.startupTimeout)',
        exit: { reason: 'STARTUP_TIMEOUT' },
      },
    });
  });

  it('answers a start of an app that is starting already by the run that is going on', async () => {
    start();
    await stage().settle();
    const { id } = runOf(stage(), 'blog');
    const answer = start();
    await ends(stage(), 'blog', 1);
    expect(answer.value).toMatchObject({ error: { code: 'START_FAILED', run: id } });
  });

  it('in a backoff counts the run that it begins, not the one that ended', async () => {
    stage().driver.behave('*', { start: { exits: 1 } });
    await stage().control.supervisor.start(blog, BEN);
    await stage().settle();
    expect(stage().app('blog').state).toBe('BACKOFF');
    stage().driver.behave('*', {});
    expect(await stage().control.supervisor.start(blog, WAIT)).toMatchObject({ ok: true });
  });

  it('while the app stops counts the run after that', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.start(blog, BEN);
    await stage().settle();
    await stage().control.supervisor.stop(blog, BEN);
    const answer = start();
    await stage().clock.advance(9_000);
    expect(answer.value).toBeUndefined();
    stage().driver.behave('*', {});
    await stage().clock.advance(1_000);
    expect(answer.value).toMatchObject({ ok: true, value: { state: 'RUNNING' } });
  });

  it('is superseded by a stop', async () => {
    const answer = start();
    await stage().settle();
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    expect(answer.value).toEqual(failed('Superseded by a stop'));
  });

  it('is superseded by a restart', async () => {
    const answer = start();
    await stage().settle();
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(answer.value).toEqual(failed('Superseded by a restart'));
  });

  it('is superseded by a removal', async () => {
    const answer = start();
    await stage().settle();
    await stage().control.supervisor.remove(blog, BEN);
    expect(answer.value).toEqual(failed('Superseded by its removal'));
  });

  it('is superseded by a shutdown', async () => {
    const answer = start();
    await stage().settle();
    await stage().control.shutdown(false);
    expect(answer.value).toEqual(failed('Superseded by the shutdown of the control plane'));
  });

  it('goes on through a rename', async () => {
    const answer = start();
    await stage().settle();
    await stage().control.supervisor.rename(blog, 'diary', BEN);
    await stage().settle();
    expect(answer.value).toBeUndefined();
    stage().driver.tell(runOf(stage(), 'diary').id, { type: 'LISTENING', address: '127.0.0.1' });
    await stage().settle();
    expect(answer.value).toMatchObject({ ok: true, value: { name: 'diary', state: 'RUNNING' } });
  });

  it('answers that the app became invalid', async () => {
    const answer = start();
    await stage().settle();
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    expect(answer.value).toEqual({
      ok: false,
      error: { code: 'APP_INVALID', message: 'Missing package.json' },
    });
  });

  it('answers that its directory is gone', async () => {
    const answer = start();
    await stage().settle();
    stage().folders.take('blog');
    await stage().clock.advance(2_000);
    expect(answer.value).toMatchObject({ ok: false, error: { code: 'START_FAILED' } });
  });

  it('answers that its directory is gone where no run came of it', async () => {
    stage().driver.behave('*', { stop: 'ignores', start: 'silent' });
    await stage().control.supervisor.start(blog, BEN);
    await stage().settle();
    await stage().control.supervisor.stop(blog, BEN);
    const answer = start();
    stage().folders.take('blog');
    await stage().clock.advance(10_000);
    expect(answer.value).toEqual(failed('Its directory is gone'));
  });

  it('answers that its port could not be taken, and tries again', async () => {
    stage().breakProbe = new Error('too many open files');
    const answer = start();
    await stage().settle();
    expect(answer.value).toEqual(failed('Its port could not be taken: too many open files'));
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', restart: { attempt: 1 } });
    stage().breakProbe = null;
    await stage().clock.advance(1_000);
    expect(stage().app('blog').run?.port).toBe(3001);
  });

  it('answers that no port is free', async () => {
    for (let port = 3001; port <= 3010; port++) stage().foreign.set(port, { pid: 1, command: 'nc' });
    // It has none of its own yet.
    stage().folders.put('late');
    await stage().settle();
    const answer = later(stage().control.supervisor.start({ name: 'late' }, WAIT));
    await stage().settle();
    expect(answer.value).toEqual({
      ok: false,
      error: { code: 'PORT_UNAVAILABLE', message: 'No available ports', holder: null },
    });
  });

  it('answers STOP_FAILED where the run before cannot be ended', async () => {
    await stage().control.supervisor.start(blog, BEN);
    await stage().settle();
    stage().driver.stop = () => {};
    stage().driver.signal = () => {};
    await stage().control.supervisor.stop(blog, BEN);
    const answer = start();
    await stage().clock.advance(20_000);
    expect(answer.value).toMatchObject({ error: { code: 'STOP_FAILED' } });
  });
});

describe('B-12: `wait` of a restart', () => {
  it('answers when the new run is ready', async () => {
    const { id } = runOf(stage(), 'blog');
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(stage().control.supervisor.restart(blog, WAIT));
    await stage().clock.advance(9_999);
    expect(answer.value).toBeUndefined();
    await stage().clock.advance(1);
    expect(answer.value).toMatchObject({ ok: true, value: { state: 'RUNNING' } });
    expect(runOf(stage(), 'blog').id).toBeGreaterThan(id);
  });

  it('does not take the end of the run before for a failed start', async () => {
    stage().driver.behave('*', { stop: { exits: 1 } });
    expect(await stage().control.supervisor.restart(blog, WAIT)).toMatchObject({ ok: true });
  });

  it('is superseded by a stop while the run before is ending', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(stage().control.supervisor.restart(blog, WAIT));
    await stage().settle();
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    expect(answer.value).toEqual(failed('Superseded by a stop'));
  });

  it('answers STOP_FAILED where the run before cannot be ended', async () => {
    stage().driver.stop = () => {};
    stage().driver.signal = () => {};
    const answer = later(stage().control.supervisor.restart(blog, WAIT));
    await stage().clock.advance(20_000);
    expect(answer.value).toMatchObject({ error: { code: 'STOP_FAILED' } });
  });
});

describe('B-12: `wait` of a stop', () => {
  it('answers when the last process is gone', async () => {
    stage().driver.behave('*', { stop: 'leaves' });
    const answer = later(stage().control.supervisor.stop(blog, WAIT));
    await stage().clock.advance(9_999);
    expect(answer.value).toBeUndefined();
    await stage().clock.advance(1);
    expect(answer.value).toMatchObject({ ok: true, value: { state: 'STOPPED' } });
  });

  it('is superseded by a start', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(stage().control.supervisor.stop(blog, WAIT));
    await stage().settle();
    await stage().control.supervisor.start(blog, BEN);
    await stage().settle();
    expect(answer.value).toEqual({
      ok: false,
      error: { code: 'STOP_FAILED', message: 'Superseded by a start' },
    });
  });

  it('answers StopFailed where SIGKILL does not help, and goes on trying', async () => {
    const { id } = runOf(stage(), 'blog');
    const kills: string[] = [];
    stage().driver.stop = () => {};
    stage().driver.signal = (_, signal) => void kills.push(signal);
    const answer = later(stage().control.supervisor.stop(blog, WAIT));
    await stage().clock.advance(19_999);
    expect(answer.value).toBeUndefined();
    await stage().clock.advance(1);
    expect(answer.value).toEqual({
      ok: false,
      error: {
        code: 'STOP_FAILED',
        message: 'Processes of blog are still there although SIGKILL was sent',
      },
    });
    expect(stage().app('blog').state).toBe('STOPPING');
    expect(kills).toEqual(['SIGKILL', 'SIGKILL']);
    stage().driver.tell(id, { type: 'ENDED', code: null, signal: null });
    await stage().settle();
    expect(stage().app('blog').state).toBe('STOPPED');
  });

  it('of a stopped app answers at once', async () => {
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    expect(await stage().control.supervisor.stop(blog, WAIT)).toMatchObject({ ok: true });
  });
});
