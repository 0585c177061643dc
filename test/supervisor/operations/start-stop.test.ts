import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEN, BROKEN, ends, errorOf, eventsOf, lastRun, runOf, stageWith, withManifest } from '../given.ts';

const stage = stageWith(['blog']);
const blog = { name: 'blog' };

describe('start', () => {
  it('A7: logs its port, and is RUNNING when it listens', async () => {
    await stage().control.supervisor.stop(blog, BEN);
    await stage().control.supervisor.start(blog, BEN);
    await stage().settle();
    expect(stage().linesOf('blog').slice(-1)).toEqual(['Starting on port 3001...']);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { cause: 'COMMAND', actor: 'ben' } });
  });

  it('A7: a worker starts without a port, and runs a second later', async () => {
    stage().folders.put('bot', withManifest({ servesPort: false }));
    await stage().clock.advance(999);
    expect(stage().app('bot')).toMatchObject({ state: 'STARTING', servesPort: false });
    await stage().clock.advance(1);
    expect(stage().app('bot')).toMatchObject({ state: 'RUNNING', run: { port: null } });
    expect(stage().linesOf('bot')).toEqual(['Starting...']);
    expect(stage().driver.live().at(-1)?.spec.variables).not.toHaveProperty('PORT');
    expect(await stage().control.supervisor.portOf(stage().app('bot').id)).toBeNull();
  });

  it('A7: logs that it installs before it starts', async () => {
    stage().driver.behave('*', { install: 'installs' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(stage().linesOf('blog').slice(-2)).toEqual([
      'Installing dependencies...',
      'Starting on port 3001...',
    ]);
  });

  it('A10: runs its script with its port, the address of the server and its mark', () => {
    expect(stage().driver.live()[0]?.spec).toMatchObject({
      script: 'node server.js',
      mark: `stage-${runOf(stage(), 'blog').id}`,
      appDirectory: '/apps/blog',
      releaseDirectory: '/apps/blog/current',
      variables: {
        PORT: '3001',
        NO_AUTOPORT: 'true',
        APPS_DIR: '/apps',
        TOES_URL: 'http://localhost:3000',
      },
    });
  });

  it('A10: a line that the driver notes for a run is in its log', async () => {
    stage().driver.tell(runOf(stage(), 'blog').id, { type: 'NOTED', text: 'my-key does not reach the app' });
    await stage().settle();
    expect(stage().linesOf('blog').at(-1)).toBe('my-key does not reach the app');
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('changes nothing about an app that runs', async () => {
    const before = stage().app('blog');
    expect(await stage().control.supervisor.start(blog, BEN)).toEqual({ ok: true, value: before });
    await stage().settle();
    expect(stage().app('blog')).toEqual(before);
  });

  it('of an invalid app fails with the reason, and starts it once it is valid', async () => {
    await stage().control.supervisor.stop(blog, BEN);
    stage().folders.put('blog', BROKEN);
    await stage().settle();
    const answer = await stage().control.supervisor.start(blog, BEN);
    expect(answer).toEqual({ ok: false, error: { code: 'APP_INVALID', message: 'Missing package.json' } });
    stage().folders.put('blog', withManifest());
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('of an unknown app fails, and changes no other app', async () => {
    for (const ref of [{ name: 'nope' }, { name: '../blog' }, { id: 99 }]) {
      for (const command of ['start', 'stop', 'restart', 'remove'] as const) {
        const answer = await stage().control.supervisor[command](ref, BEN);
        expect(answer).toEqual({ ok: false, error: { code: 'APP_NOT_FOUND', message: 'App not found' } });
      }
    }
  });
});

describe('stop', () => {
  it('A13: asks every process to end, and stays stopped when the control plane comes back', async () => {
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    expect(stage().linesOf('blog').slice(-2)).toEqual(['Stopping...', 'Stopped']);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED', run: null });
    await stage().crash();
    await stage().clock.advance(60_000);
    expect(stage().app('blog').state).toBe('STOPPED');
  });

  it('A13: kills what is left after 10 seconds, and logs it', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.stop(blog, BEN);
    const { id } = runOf(stage(), 'blog');
    await stage().clock.advance(9_999);
    expect(stage().app('blog').state).toBe('STOPPING');
    expect(stage().linesOf('blog').slice(-1)).toEqual(['Stopping...']);
    await stage().clock.advance(1);
    expect(stage().driver.commands.slice(-2)).toEqual([
      { type: 'stop', run: id },
      { type: 'signal', run: id, signal: 'SIGKILL' },
    ]);
    expect(stage().linesOf('blog').slice(-2)).toEqual([
      'Shutdown timeout, sending SIGKILL...',
      'Killed, status unknown',
    ]);
    expect(lastRun(stage(), 'blog').exit).toMatchObject({ code: null, signal: 'SIGKILL', reason: 'KILLED' });
  });

  it('A13: gives the processes that a script leaves the rest of its grace', async () => {
    stage().driver.behave('*', { stop: 'leaves' });
    await stage().control.supervisor.stop(blog, BEN);
    await stage().clock.advance(9_999);
    expect(stage().app('blog').state).toBe('STOPPING');
    await stage().clock.advance(1);
    expect(stage().app('blog').state).toBe('STOPPED');
  });

  it('A13: ends what is left of a run whose script ended unasked', async () => {
    const { id } = runOf(stage(), 'blog');
    stage().driver.behave('*', { stop: 'ignores' });
    stage().driver.tell(id, { type: 'SCRIPT_ENDED', code: 1, signal: null });
    expect(stage().app('blog').state).toBe('STOPPING');
    expect(stage().driver.commands.at(-1)).toEqual({ type: 'stop', run: id });
    await stage().clock.advance(10_000);
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', restart: { attempt: 1 } });
    expect(stage().linesOf('blog')).not.toContain('Stopping...');
  });

  for (const [code, line] of [
    [0, 'Stopped'],
    [1, 'Stopped'],
    [143, 'Stopped'],
  ] as const) {
    it(`A14: an app that answers a stop with ${code} has "${line}"`, async () => {
      stage().driver.behave('*', { stop: { exits: code } });
      await stage().control.supervisor.stop(blog, BEN);
      await stage().settle();
      expect(stage().linesOf('blog').slice(-1)).toEqual([line]);
      expect(lastRun(stage(), 'blog').exit).toMatchObject({ code, reason: 'STOPPED' });
    });
  }

  it('A14, B-5: an installation that is stopped has the reason STOPPED', async () => {
    stage().driver.behave('*', { install: 'hangs' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'STARTING', run: { phase: 'INSTALLING' } });
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    expect(stage().app('blog').state).toBe('STOPPED');
    expect(stage().linesOf('blog').slice(-2)).toEqual(['Stopping...', 'Stopped']);
  });

  for (const event of [
    { type: 'INSTALL_FAILED', message: 'npm ci failed', code: 1, signal: null },
    { type: 'START_FAILED', message: 'no such directory' },
  ] as const) {
    it(`a stop that crosses ${event.type} is done at once`, async () => {
      const { driver } = stage();
      driver.behave('*', { install: 'hangs', start: 'manual' });
      await stage().control.supervisor.restart(blog, BEN);
      await stage().settle();
      const { id } = runOf(stage(), 'blog');
      if (event.type === 'START_FAILED') driver.tell(id, { type: 'STARTING' });
      // The end was sent already: there is no other one.
      driver.stop = () => {};
      driver.tell(id, event);
      await stage().control.supervisor.stop(blog, BEN);
      await stage().settle();
      expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', run: null });
      expect(lastRun(stage(), 'blog').exit?.reason).toBe('STOPPED');
    });
  }

  it('B-5: an installation that hangs is ended after 10 minutes, and tried again', async () => {
    stage().driver.behave('*', { install: 'hangs' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().clock.advance(599_999);
    expect(stage().app('blog').state).toBe('STARTING');
    await stage().clock.advance(1);
    expect(stage().app('blog')).toMatchObject({
      state: 'BACKOFF',
      error: 'The installation took longer than 600s',
    });
    expect(lastRun(stage(), 'blog').exit?.reason).toBe('INSTALL_FAILED');
  });

  it('B-6: an installation that fails ends the run, and its message is the app’s error', async () => {
    stage().driver.behave('*', { install: { fails: 'npm ci failed with code 7', code: 7 } });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', error: 'npm ci failed with code 7' });
    expect(lastRun(stage(), 'blog').exit).toMatchObject({ code: 7, reason: 'INSTALL_FAILED' });
    expect(stage().linesOf('blog').slice(-2)).toEqual([
      'npm ci failed with code 7',
      'Scheduling restart in 1s (attempt 1)...',
    ]);
    const { id } = lastRun(stage(), 'blog');
    expect(stage().driver.commands).not.toContainEqual({ type: 'start', run: id });
  });

  it('B-7: a start that fails is the app’s error, and is tried again', async () => {
    stage().folders.put('shop');
    await stage().settle();
    stage().driver.behave(stage().app('blog').id, { start: { fails: 'The directory is gone' } });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', error: 'The directory is gone' });
    expect(lastRun(stage(), 'blog').exit?.reason).toBe('SPAWN_FAILED');
    expect(stage().app('shop').state).toBe('RUNNING');
  });

  it('B-28: a stop ends an app that is starting', async () => {
    stage().driver.behave('*', { start: 'silent' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'STARTING', run: { phase: 'BOOTING' } });
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    expect(stage().app('blog').state).toBe('STOPPED');
    expect(stage().driver.live()).toEqual([]);
  });
});

describe('restart', () => {
  it('A16: stops, waits and starts; the port stays', async () => {
    const before = runOf(stage(), 'blog');
    const seq = stage().journal().at(-1)?.seq;
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(runOf(stage(), 'blog')).toMatchObject({ port: before.port, cause: 'COMMAND', actor: 'ben' });
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'RUNNING → STOPPING',
      'RunEnded STOPPED 143',
      'STOPPING → STARTING',
      'STARTING → RUNNING',
    ]);
  });

  it('A16: starts an app that is stopped', async () => {
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', desiredState: 'RUNNING' });
  });

  it('A16: never runs two copies, however slowly the first one ends', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().clock.advance(9_999);
    expect(stage().driver.live()).toHaveLength(1);
    expect(stage().driver.commands.filter(({ type }) => type === 'begin')).toHaveLength(1);
    await stage().clock.advance(1);
    expect(stage().driver.live()).toHaveLength(1);
    expect(stage().app('blog').state).toBe('RUNNING');
  });
});

describe('B-12: the last command decides', () => {
  it('a stop during a backoff is kept', async () => {
    await ends(stage(), 'blog', 1);
    expect(stage().app('blog').state).toBe('BACKOFF');
    await stage().control.supervisor.stop(blog, BEN);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', restart: null });
    await stage().clock.advance(100_000);
    expect(stage().app('blog').state).toBe('STOPPED');
  });

  it('a start while the app stops is kept', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.stop(blog, BEN);
    await stage().control.supervisor.start(blog, BEN);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPING', desiredState: 'RUNNING' });
    await stage().clock.advance(10_000);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('a start resets the count of restarts', async () => {
    for (const wait of [1_000, 2_000, 0]) {
      await ends(stage(), 'blog', 1);
      await stage().clock.advance(wait);
    }
    expect(stage().app('blog').restart?.attempt).toBe(3);
    await stage().control.supervisor.start(blog, BEN);
    await stage().settle();
    await ends(stage(), 'blog', 1);
    expect(stage().app('blog').restart?.attempt).toBe(1);
  });

  it('an app that was stopped by hand does not come back after an edit', async () => {
    await stage().control.supervisor.stop(blog, BEN);
    await stage().settle();
    stage().folders.put('blog', withManifest({ icon: '🐢' }));
    stage().folders.put('blog', BROKEN);
    stage().folders.put('blog', withManifest());
    await stage().settle();
    expect(stage().app('blog').state).toBe('STOPPED');
  });

  for (const slow of ['quick', 'slow'] as const) {
    it(`of 200 commands at once to a ${slow} app, with one live run at most at every step`, async () => {
      const command = fc.constantFrom('start', 'stop', 'restart');
      const crowds = fc.sample(fc.array(command, { minLength: 200, maxLength: 200 }), 5);
      for (const crowd of crowds) {
        stage().driver.behave('*', slow === 'slow' ? { stop: 'ignores', start: 'silent' } : {});
        const answers = Promise.all(crowd.map((name) => stage().control.supervisor[name](blog, BEN)));
        await stage().clock.advance(5_000);
        expect((await answers).every(({ ok }) => ok)).toBe(true);
        stage().driver.behave('*', {});
        await stage().clock.advance(100_000);
        const wanted = crowd.at(-1) === 'stop' ? 'STOPPED' : 'RUNNING';
        expect(stage().app('blog')).toMatchObject({ state: wanted, desiredState: wanted });
        expect(stage().mostAtOnce).toBe(1);
      }
      expect(stage().problems).toEqual([]);
    });
  }
});

describe('a shutdown', () => {
  it('refuses the commands that come after it began', async () => {
    void stage().control.shutdown(false);
    const answer = await stage().control.supervisor.start(blog, BEN);
    expect(errorOf(answer)).toEqual({
      code: 'OPERATION_FAILED',
      message: 'The control plane is shutting down',
    });
  });
});
