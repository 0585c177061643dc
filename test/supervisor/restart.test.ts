import { describe, expect, it } from 'vitest';
import { BEN, ends, eventsOf, lastRun, NEW, OLD, runOf, stageWith, WAIT, withManifest } from './given.ts';

const stage = stageWith(['blog']);
const blog = { name: 'blog' };

describe('A14: what is said of an exit', () => {
  for (const [code, signal, line] of [
    [0, null, 'Stopped'],
    [3, null, 'Exited with code 3'],
    [137, 'SIGKILL', 'Exited with code 137'],
    [null, null, 'Killed, status unknown'],
  ] as const) {
    it(`${code}: "${line}"`, async () => {
      await ends(stage(), 'blog', code, signal);
      expect(stage().linesOf('blog')).toContain(line);
      expect(lastRun(stage(), 'blog').exit).toMatchObject({ code, signal, reason: 'EXITED' });
      expect(lastRun(stage(), 'blog')).toMatchObject({ phase: 'ENDED', pid: null });
    });
  }
});

describe('A15: after an unasked exit', () => {
  it('puts restarts off by 1, 2, 4, 8, 16, 32 and 32 seconds, and says so', async () => {
    stage().driver.behave('*', { start: { exits: 1 } });
    await ends(stage(), 'blog', 1);
    for (const [index, seconds] of [1, 2, 4, 8, 16, 32, 32].entries()) {
      expect(stage().app('blog')).toMatchObject({
        state: 'BACKOFF',
        restart: { attempt: index + 1, at: stage().clock.now() + seconds * 1_000 },
      });
      expect(stage().linesOf('blog').slice(-2)).toEqual([
        'Exited with code 1',
        `Scheduling restart in ${seconds}s (attempt ${index + 1})...`,
      ]);
      await stage().clock.advance(seconds * 1_000 - 1);
      expect(stage().app('blog').restart?.attempt).toBe(index + 1);
      await stage().clock.advance(1);
      expect(stage().linesOf('blog').slice(-4, -2)).toEqual(['Restarting...', 'Starting on port 3001...']);
    }
    expect(lastRun(stage(), 'blog')).toMatchObject({ cause: 'CRASH', actor: 'supervisor' });
  });

  it('restarts a run that was killed with an unknown status', async () => {
    await ends(stage(), 'blog', null);
    expect(stage().app('blog').state).toBe('BACKOFF');
  });

  it('does not restart an app that exits 0 of its own accord, and shows that it is wanted and does not run', async () => {
    const seq = stage().journal().at(-1)?.seq;
    await ends(stage(), 'blog', 0);
    await stage().clock.advance(100_000);
    expect(stage().app('blog')).toMatchObject({
      state: 'STOPPED',
      desiredState: 'RUNNING',
      restart: null,
      error: 'It ended by itself with code 0; it is not started again (toes.restart: on-failure)',
    });
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'RunEnded EXITED 0',
      'RUNNING → STOPPED',
      'AppUpdated ERROR',
    ]);
    expect(stage().control.readiness.problems()).toEqual([]);
  });

  it('runs a job that ended well again at a start, which takes its error away', async () => {
    await ends(stage(), 'blog', 0);
    expect(await stage().control.supervisor.start(blog, WAIT)).toMatchObject({ ok: true });
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error: null });
    await ends(stage(), 'blog', 0);
    await stage().control.supervisor.stop(blog, WAIT);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED', error: null });
  });

  it('runs a job that ended well once at each boot of the machine, at no start of the control plane', async () => {
    const runs = () => stage().control.supervisor.runCount(stage().app('blog').id);
    await ends(stage(), 'blog', 0);
    for (let round = 0; round < 3; round++) {
      await stage().crash();
      await stage().clock.advance(100_000);
    }
    // As after a shutdown that was asked for.
    await stage().control.shutdown(false);
    await stage().crash();
    await stage().settle();
    expect([stage().app('blog').state, runs()]).toEqual(['STOPPED', 1]);
    await stage().reboot();
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error: null, run: { cause: 'BOOT' } });
    await ends(stage(), 'blog', 0);
    await stage().crash();
    await stage().settle();
    expect([stage().app('blog').state, runs()]).toEqual(['STOPPED', 2]);
  });

  it('stays as it is through a rename, and through a shutdown in the moment of its end', async () => {
    await ends(stage(), 'blog', 0);
    await stage().control.supervisor.rename(blog, 'job', BEN);
    await stage().settle();
    expect(stage().app('job')).toMatchObject({ state: 'STOPPED', error: expect.stringMatching(/code 0/) });
    await stage().control.supervisor.start({ name: 'job' }, WAIT);
    const { id } = runOf(stage(), 'job');
    // Its script has ended, and another process of its run is there when the shutdown begins.
    stage().driver.behave('*', { stop: 'ignores' });
    stage().driver.tell(id, { type: 'SCRIPT_ENDED', code: 0, signal: null });
    await stage().settle();
    const down = stage().control.shutdown(false);
    await stage().settle();
    stage().driver.tell(id, { type: 'ENDED', code: 0, signal: null });
    await stage().settle();
    await down;
    await stage().crash();
    await stage().settle();
    expect(stage().app('job')).toMatchObject({ state: 'STOPPED', desiredState: 'RUNNING' });
  });

  for (const [restart, code, state] of [
    ['ALWAYS', 0, 'BACKOFF'],
    ['ALWAYS', 1, 'BACKOFF'],
    ['ON_FAILURE', 1, 'BACKOFF'],
    ['ON_FAILURE', null, 'BACKOFF'],
    ['NEVER', 0, 'STOPPED'],
    ['NEVER', 1, 'STOPPED'],
    ['NEVER', null, 'STOPPED'],
  ] as const) {
    it(`with toes.restart ${restart}, and code ${code}: ${state}, and its error says how it ended`, async () => {
      stage().folders.put('blog', withManifest({ restart }));
      await stage().settle();
      await ends(stage(), 'blog', code);
      expect(stage().app('blog')).toMatchObject({
        state,
        restartPolicy: restart,
        desiredState: 'RUNNING',
        error: expect.stringMatching(code === null ? /its code is not known/ : `with code ${code}`),
      });
      await stage().clock.advance(1_000);
      expect(stage().app('blog').state).toBe(state === 'BACKOFF' ? 'RUNNING' : 'STOPPED');
    });
  }

  for (const [what, behaviour, error] of [
    ['that cannot be installed', { install: { fails: 'npm ci failed' } }, 'npm ci failed'],
    ['that cannot be spawned', { start: { fails: 'no directory' } }, 'no directory'],
    [
      'that does not listen in time',
      { start: 'silent' },
      'Nothing listens on port 3001 (PORT) after 30s (toes.startupTimeout)',
    ],
  ] as const) {
    it(`with toes.restart NEVER a start ${what} is not tried again either`, async () => {
      stage().folders.put('blog', withManifest({ restart: 'NEVER' }));
      stage().driver.behave('*', behaviour);
      await stage().control.supervisor.restart(blog, BEN);
      await stage().clock.advance(100_000);
      expect(stage().app('blog')).toMatchObject({
        state: 'STOPPED',
        desiredState: 'RUNNING',
        error: `${error}; it is not started again (toes.restart: never)`,
      });
    });
  }

  it('adds up to a fifth of the delay by chance, so that apps that fail together come back apart', async () => {
    stage().chance = 0.5;
    await ends(stage(), 'blog', 1);
    expect(stage().app('blog').restart?.at).toBe(stage().clock.now() + 1_100);
    expect(stage().linesOf('blog').at(-1)).toBe('Scheduling restart in 1s (attempt 1)...');
    await stage().clock.advance(1_099);
    expect(stage().app('blog').state).toBe('BACKOFF');
    await stage().clock.advance(1);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('A2: has counted to 0 again 60 s after ready, not before', async () => {
    await ends(stage(), 'blog', 1);
    await stage().clock.advance(1_000 + 59_999);
    await ends(stage(), 'blog', 1);
    expect(stage().app('blog').restart?.attempt).toBe(2);
    await stage().clock.advance(2_000 + 60_000);
    await ends(stage(), 'blog', 1);
    expect(stage().app('blog').restart?.attempt).toBe(1);
  });

  it('remembers the attempts and the due time over a restart of the control plane', async () => {
    stage().driver.behave('*', { start: { exits: 1 } });
    await ends(stage(), 'blog', 1);
    await stage().clock.advance(1_000 + 2_000 + 1_000);
    const { restart } = stage().app('blog');
    expect(restart).toEqual({ attempt: 3, at: stage().clock.now() + 3_000 });
    await stage().crash();
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', restart });
    await stage().clock.advance(2_999);
    expect(stage().app('blog').restart).toEqual(restart);
    await stage().clock.advance(1);
    expect(stage().app('blog').restart?.attempt).toBe(4);
  });

  it('restarts at once where the due time went by while there was no control plane', async () => {
    await ends(stage(), 'blog', 1);
    await stage().crash(() => stage().clock.jump(5_000));
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('waits no longer than the longest delay where the clock was set back meanwhile', async () => {
    await ends(stage(), 'blog', 1);
    await stage().crash(() => stage().clock.jump(-3_600_000));
    // The longest delay, with the most that chance may add.
    await stage().clock.advance(38_399);
    expect(stage().app('blog').state).toBe('BACKOFF');
    await stage().clock.advance(1);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('keeps to the delay where the clock is set back or forward an hour in it', async () => {
    for (const jump of [-3_600_000, 3_600_000]) {
      await ends(stage(), 'blog', 1);
      const before = stage().app('blog').restart?.attempt ?? 0;
      stage().clock.jump(jump);
      await stage().clock.advance(2 ** (before - 1) * 1_000 - 1);
      expect(stage().app('blog').state).toBe('BACKOFF');
      await stage().clock.advance(1);
      expect(stage().app('blog').state).toBe('RUNNING');
    }
  });

  it('kills after 10 s of grace, whatever the clock says', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.stop(blog, BEN);
    stage().clock.jump(3_600_000);
    await stage().clock.advance(9_999);
    expect(stage().app('blog').state).toBe('STOPPING');
    stage().clock.jump(-7_200_000);
    await stage().clock.advance(1);
    expect(stage().app('blog').state).toBe('STOPPED');
  });

  it('an explicit start begins to count anew', async () => {
    stage().driver.behave('*', { start: { exits: 1 } });
    await ends(stage(), 'blog', 1);
    await stage().clock.advance(3_000);
    expect(stage().app('blog').restart?.attempt).toBe(3);
    await stage().control.supervisor.start(blog, BEN);
    await stage().settle();
    expect(stage().app('blog').restart?.attempt).toBe(1);
  });

  it('a new release is tried at once, and begins to count anew', async () => {
    stage().folders.put('blog', { release: OLD });
    await stage().settle();
    stage().driver.behave('*', { start: { exits: 1 } });
    await ends(stage(), 'blog', 1);
    await stage().clock.advance(3_000);
    stage().driver.behave('*', {});
    stage().folders.put('blog', { release: NEW });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { release: NEW, cause: 'RELEASE' } });
    await ends(stage(), 'blog', 1);
    expect(stage().app('blog').restart?.attempt).toBe(1);
  });

  it('an app that has had to be killed is restarted, and its port is its own', async () => {
    const before = runOf(stage(), 'blog').port;
    await ends(stage(), 'blog', 137, 'SIGKILL');
    await stage().clock.advance(1_000);
    expect(runOf(stage(), 'blog').port).toBe(before);
  });

  it('B-10: what comes late from the run before does not touch the present one', async () => {
    const { id } = runOf(stage(), 'blog');
    await ends(stage(), 'blog', 1);
    await stage().clock.advance(1_000);
    const before = stage().app('blog');
    stage().driverTells(id, { type: 'SCRIPT_ENDED', code: 1, signal: null });
    stage().driverTells(id, { type: 'ENDED', code: 1, signal: null });
    await stage().settle();
    expect(stage().app('blog')).toEqual(before);
  });
});
