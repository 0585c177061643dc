import { describe, expect, it } from 'vitest';
import { BEN, ends, later, portOf, runOf, stageWith, WAIT } from './given.ts';

const stage = stageWith(['blog', 'chat', 'shop']);
const names = ['blog', 'chat', 'shop'];
const states = () =>
  stage()
    .control.supervisor.apps()
    .map(({ state }) => state);

describe('A21: a shutdown', () => {
  it('ends every app, all at once, and is clean', async () => {
    expect(await stage().control.shutdown(false)).toEqual({ clean: true });
    expect(stage().driver.live()).toEqual([]);
    expect(states()).toEqual(['STOPPED', 'STOPPED', 'STOPPED']);
    const facts = stage()
      .journal()
      .map(({ fact }) => fact.type);
    expect(facts).toContain('SupervisorStopping');
    expect(
      stage()
        .journal()
        .find(({ fact }) => fact.type === 'SupervisorStopping'),
    ).toMatchObject({
      actor: 'supervisor',
      fact: { detached: false },
      app: null,
    });
    expect(stage().clock.pending()).toBe(0);
  });

  it('keeps desired states for the next boot', async () => {
    await stage().control.supervisor.stop({ name: 'chat' }, WAIT);
    await ends(stage(), 'shop', 1);
    await stage().control.shutdown(false);
    await stage().crash();
    await stage().clock.advance(1_000);
    expect(states()).toEqual(['RUNNING', 'STOPPED', 'RUNNING']);
    expect(names.map((name) => portOf(stage(), name))).toEqual([3001, 3002, 3003]);
  });

  it('gives all apps one grace together, kills what is left, and is not clean', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(stage().control.shutdown(false));
    await stage().clock.advance(9_999);
    expect(states()).toEqual(['STOPPING', 'STOPPING', 'STOPPING']);
    expect(answer.value).toBeUndefined();
    await stage().clock.advance(1);
    expect(answer.value).toEqual({ clean: false });
    expect(stage().driver.live()).toEqual([]);
  });

  it('is not clean where it had to kill an app that was already being ended', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    stage().health = { ok: false, status: null, reason: 'no answer' };
    await stage().clock.advance(95_000);
    expect(states()).toEqual(['STOPPING', 'STOPPING', 'STOPPING']);
    const answer = later(stage().control.shutdown(false));
    await stage().clock.advance(10_000);
    expect(answer.value).toEqual({ clean: false });
    expect(stage().driver.live()).toEqual([]);
  });

  it('B-28: ends apps that install, start, stop or wait, and starts nothing after that', async () => {
    const [blog, chat, shop] = names.map((name) => stage().app(name).id);
    stage().driver.behave(blog ?? 0, { install: 'hangs' });
    stage().driver.behave(chat ?? 0, { start: 'silent' });
    stage().driver.behave(shop ?? 0, { stop: 'ignores' });
    for (const name of names) await stage().control.supervisor.restart({ name }, BEN);
    stage().folders.put('wiki');
    await stage().settle();
    await ends(stage(), 'wiki', 1);
    stage().folders.put('late');
    const answer = later(stage().control.shutdown(false));
    await stage().clock.advance(10_000);
    expect(answer.value).toEqual({ clean: false });
    expect(stage().driver.live()).toEqual([]);
    expect(stage().driver.run(runIds().at(-1) ?? 0)).toBeUndefined();
    await stage().clock.advance(100_000);
    expect(stage().driver.live()).toEqual([]);
  });

  it('the next boot starts an app that was being restarted', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.restart({ name: 'blog' }, BEN);
    const answer = later(stage().control.shutdown(false));
    await stage().clock.advance(10_000);
    expect(answer.value).toEqual({ clean: false });
    await stage().crash();
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('that a kill cuts off keeps desired states', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    void stage().control.shutdown(false);
    await stage().clock.advance(5_000);
    await stage().crash();
    await stage().clock.advance(20_000);
    expect(states()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  });

  it('refuses new commands, and finishes those that are under way', async () => {
    stage().folders.before('rename', () => void stage().control.shutdown(false));
    const renamed = await stage().control.supervisor.rename({ name: 'blog' }, 'diary', BEN);
    expect(renamed.ok).toBe(true);
    for (const command of ['start', 'stop', 'restart', 'remove'] as const) {
      expect(await stage().control.supervisor[command]({ name: 'chat' }, BEN)).toEqual({
        ok: false,
        error: { code: 'OPERATION_FAILED', message: 'The control plane is shutting down' },
      });
    }
    await stage().settle();
    await stage().crash();
    await stage().settle();
    expect(stage().app('diary').state).toBe('RUNNING');
    expect(stage().folders.names().sort()).toEqual(['chat', 'diary', 'shop']);
  });

  it('waits for a directory that is being moved', async () => {
    const { files } = stage().folders;
    const { rename } = files;
    let go = () => {};
    files.rename = (from, to) =>
      new Promise((resolve) => {
        go = () => resolve(rename(from, to));
      });
    const renamed = later(stage().control.supervisor.rename({ name: 'blog' }, 'diary', BEN));
    await stage().settle();
    const answer = later(stage().control.shutdown(false));
    await stage().clock.advance(5_000);
    expect(answer.value).toBeUndefined();
    go();
    await stage().settle();
    expect(renamed.value?.ok).toBe(true);
    expect(answer.value).toEqual({ clean: true });
  });

  it('during a rename leaves the app under its old name, with its desired state', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const rename = later(stage().control.supervisor.rename({ name: 'blog' }, 'diary', BEN));
    await stage().settle();
    const answer = later(stage().control.shutdown(false));
    await stage().clock.advance(10_000);
    expect(rename.value).toMatchObject({
      error: { code: 'STOP_FAILED', message: 'Superseded by the shutdown of the control plane' },
    });
    expect(answer.value).toEqual({ clean: false });
    await stage().crash();
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('that is forced kills at once', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    const answer = later(stage().control.shutdown(false));
    await stage().clock.advance(1_000);
    stage().control.force();
    await stage().settle();
    expect(stage().driver.live()).toEqual([]);
    expect(answer.value).toBeDefined();
  });

  it('is a problem in `/readyz`, as is the start', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    void stage().control.shutdown(false);
    expect(stage().control.readiness.problems()).toEqual(['The control plane is shutting down']);
    const crash = stage().crash();
    await crash;
    expect(stage().control.readiness.problems()).toEqual([]);
  });

  it('during the start waits for the present step, begins no other one, and ends all apps', async () => {
    const { recover } = stage().driver;
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let ended: ReturnType<typeof later> | null = null;
    const crash = stage().crash(() => {
      stage().folders.put('wiki');
      stage().driver.recover = async (spec, handle) => {
        ended ??= later(stage().control.shutdown(false));
        await gate;
        return recover(spec, handle);
      };
    });
    await stage().settle();
    expect(ended).toEqual({ value: undefined });
    go();
    await crash;
    await stage().settle();
    expect(ended).toEqual({ value: { clean: true } });
    expect(stage().driver.live()).toEqual([]);
    expect(stage().clock.pending()).toBe(0);
    expect(stage().control.supervisor.app({ name: 'wiki' })).toBeNull();
    expect(stage().control.readiness.problems()).toEqual(['The control plane is shutting down']);
  });
});

describe('A21: with `detach`', () => {
  it('apps go on, and the next control plane takes them back', async () => {
    const { id } = runOf(stage(), 'blog');
    expect(await stage().control.shutdown(true)).toEqual({ clean: true });
    expect(stage().driver.live()).toHaveLength(3);
    expect(stage().clock.pending()).toBe(0);
    await stage().crash();
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { id, recoveries: 1 } });
    const stopping = stage()
      .journal()
      .find(({ fact }) => fact.type === 'SupervisorStopping');
    expect(stopping?.fact).toEqual({ type: 'SupervisorStopping', detached: true });
  });

  it('starts and stops that are under way go on with the next control plane', async () => {
    stage().driver.behave('*', { stop: 'ignores', start: 'silent' });
    await stage().control.supervisor.stop({ name: 'blog' }, BEN);
    await stage().control.supervisor.restart({ name: 'chat' }, BEN);
    await stage().settle();
    expect(await stage().control.shutdown(true)).toEqual({ clean: true });
    stage().driver.behave('*', {});
    await stage().crash();
    await stage().clock.advance(10_000);
    expect(states()).toEqual(['STOPPED', 'RUNNING', 'RUNNING']);
  });

  it('answers the commands that wait for an app', async () => {
    stage().driver.behave('*', { start: 'silent' });
    const restart = later(stage().control.supervisor.restart({ name: 'blog' }, WAIT));
    await stage().settle();
    await stage().control.shutdown(true);
    await stage().settle();
    expect(restart.value).toMatchObject({
      error: { message: 'Superseded by the shutdown of the control plane' },
    });
  });
});

function runIds(): number[] {
  return stage().driver.commands.map(({ run }) => run);
}
