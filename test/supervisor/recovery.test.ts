import { describe, expect, it } from 'vitest';
import {
  BEN,
  ends,
  eventsOf,
  lastRun,
  later,
  portOf,
  runOf,
  stageWith,
  WAIT,
  withManifest,
} from './given.ts';

const stage = stageWith(['blog', 'chat']);
const blog = { name: 'blog' };

function started() {
  return stage()
    .journal()
    .flatMap(({ fact }) => (fact.type === 'SupervisorStarted' ? [fact] : []))
    .at(-1);
}

describe('B-3: a control plane that was killed', () => {
  it('finds every run that goes on, and touches none', async () => {
    const before = runOf(stage(), 'blog');
    const seq = stage().journal().at(-1)?.seq;
    await stage().crash();
    await stage().clock.advance(5_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { id: before.id, recoveries: 1 } });
    expect(runOf(stage(), 'blog')).toEqual({ ...before, recoveries: 1 });
    expect(eventsOf(stage(), 'blog', seq)).toEqual([]);
    expect(started()).toEqual({ type: 'SupervisorStarted', recoveredRuns: 2, lostRuns: 0 });
    expect(
      stage()
        .driver.commands.slice(-2)
        .map(({ type }) => type),
    ).toEqual(['recover', 'recover']);
    expect(stage().control.readiness.problems()).toEqual([]);
  });

  it('twice in a row, and a hundred times', async () => {
    const { id } = runOf(stage(), 'blog');
    for (let kill = 1; kill <= 100; kill++) await stage().crash();
    await stage().settle();
    expect(runOf(stage(), 'blog')).toMatchObject({ id, recoveries: 100 });
    expect(stage().mostAtOnce).toBe(1);
  });

  it('twice in a row in the midst of a start', async () => {
    stage().driver.behave('*', { start: 'silent' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().crash();
    await stage().crash();
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({
      state: 'STARTING',
      run: { phase: 'BOOTING', recoveries: 2 },
    });
    stage().driver.tell(runOf(stage(), 'blog').id, { type: 'LISTENING', address: '127.0.0.1' });
    expect(stage().app('blog').state).toBe('RUNNING');
    expect(stage().mostAtOnce).toBe(1);
  });

  it('has health checks, the start-up time and the count of restarts anew', async () => {
    stage().health = { ok: false, status: null, reason: 'no answer' };
    await stage().clock.advance(60_000);
    await stage().crash();
    stage().driver.behave('*', { start: 'silent' });
    await stage().control.supervisor.restart({ name: 'chat' }, BEN);
    await stage().clock.advance(29_000);
    await stage().crash();
    await stage().clock.advance(29_999);
    expect(stage().app('chat').state).toBe('STARTING');
    await stage().clock.advance(1);
    expect(stage().app('chat')).toMatchObject({
      state: 'BACKOFF',
      error: 'Nothing listens on port 3002 (PORT) after 30s (toes.startupTimeout)',
    });
    // The third check in a row, 30 s after the recovery.
    expect(stage().linesOf('blog')).toContain('Too many health check failures, restarting...');
  });

  it('stops, kills and restarts what it took over as its own', async () => {
    await stage().crash();
    stage().driver.behave('*', { stop: 'ignores' });
    const stop = later(stage().control.supervisor.stop(blog, WAIT));
    await stage().clock.advance(10_000);
    expect(stop.value?.ok).toBe(true);
    expect(lastRun(stage(), 'blog').exit).toMatchObject({ reason: 'KILLED' });
    await ends(stage(), 'chat', 3);
    expect(stage().app('chat')).toMatchObject({ state: 'BACKOFF', restart: { attempt: 1 } });
  });

  it('goes on stopping what was being stopped, with a grace of its own', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.stop(blog, BEN);
    await stage().clock.advance(9_000);
    await stage().crash();
    await stage().clock.advance(9_999);
    expect(stage().app('blog').state).toBe('STOPPING');
    await stage().clock.advance(1);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED' });
  });

  it('in the middle of a restart starts again when no process is left', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().crash();
    await stage().clock.advance(10_000);
    expect(stage().app('blog').state).toBe('RUNNING');
    expect(stage().mostAtOnce).toBe(1);
  });

  it('between the commit and the spawn spawns it, once', async () => {
    stage().driver.behave('*', { install: 'hangs' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    const { id } = runOf(stage(), 'blog');
    stage().driver.behave('*', {});
    await stage().crash();
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { id, recoveries: 1 } });
    expect(stage().mostAtOnce).toBe(1);
  });

  it('while an app was taking its port starts it', async () => {
    await stage().control.supervisor.stop(blog, WAIT);
    void stage().control.supervisor.start(blog, BEN);
    const [record] = stage().stores.apps.all();
    expect(record?.lifecycle.phase.kind).toBe('CLAIMING');
    await stage().crashNow();
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { cause: 'BOOT' } });
    const ids = stage()
      .stores.runs.live()
      .map((run) => run.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a run that ended while there was no control plane', () => {
  function endedMeanwhile(code: number | null, signal: string | null = null) {
    return stage().crash(() => {
      stage().driver.tell(1, { type: 'ENDED', code, signal });
      stage().clock.jump(500);
    });
  }

  it('with a status has ended with it, when it did; the rules of restarts hold', async () => {
    const at = stage().clock.now();
    await endedMeanwhile(3);
    expect(lastRun(stage(), 'blog')).toMatchObject({
      endedAt: at,
      exit: { code: 3, reason: 'EXITED', at },
    });
    expect(stage().linesOf('blog').slice(-2)).toEqual([
      'Exited with code 3',
      'Scheduling restart in 1s (attempt 1)...',
    ]);
    expect(started()).toMatchObject({ recoveredRuns: 1, lostRuns: 0 });
    await stage().clock.advance(1_000);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('A15: with 0 is a job that ended well: no start of the control plane runs it again', async () => {
    await endedMeanwhile(0);
    await stage().clock.advance(100_000);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', desiredState: 'RUNNING' });
    expect(stage().app('blog').error).toMatch(/^It ended by itself with code 0;/);
  });

  it('A15: without a status is LOST, and restarted with backoff', async () => {
    await endedMeanwhile(null);
    expect(lastRun(stage(), 'blog').exit).toMatchObject({ code: null, reason: 'LOST' });
    expect(stage().linesOf('blog').slice(-2)).toEqual([
      'Killed, status unknown',
      'Scheduling restart in 1s (attempt 1)...',
    ]);
    expect(started()).toMatchObject({ recoveredRuns: 1, lostRuns: 1 });
    await stage().clock.advance(1_000);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('holds up the start for some seconds at most, where the database takes no marks for its log', async () => {
    stage().marksRefused = true;
    const started = endedMeanwhile(7);
    await stage().settle();
    await stage().clock.advance(5_000);
    await started;
    expect(lastRun(stage(), 'blog').exit).toMatchObject({ code: 7, reason: 'EXITED' });
    expect(stage().control.readiness.problems()).toEqual([]);
  });

  it('and was being stopped is stopped', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.stop(blog, BEN);
    await endedMeanwhile(143, 'SIGTERM');
    await stage().clock.advance(60_000);
    expect(stage().app('blog').state).toBe('STOPPED');
    expect(lastRun(stage(), 'blog').exit).toMatchObject({ code: 143, reason: 'STOPPED' });
  });

  it('and was being restarted is started', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.restart(blog, BEN);
    await endedMeanwhile(143);
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
  });
});

describe('after a reboot of the machine', () => {
  it('A15: everything that was wanted is started at once; its last run is LOST', async () => {
    await stage().control.supervisor.stop({ name: 'chat' }, WAIT);
    await stage().reboot();
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { cause: 'BOOT', port: 3001 } });
    expect(stage().app('chat').state).toBe('STOPPED');
    expect(stage().control.supervisor.run(1)?.exit).toMatchObject({ reason: 'LOST', code: null });
    expect(started()).toMatchObject({ recoveredRuns: 0, lostRuns: 1 });
  });

  it('what was being stopped is stopped, what was being restarted starts', async () => {
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().control.supervisor.stop(blog, BEN);
    await stage().control.supervisor.restart({ name: 'chat' }, BEN);
    stage().driver.behave('*', {});
    await stage().reboot();
    await stage().settle();
    expect(stage().app('blog').state).toBe('STOPPED');
    expect(stage().app('chat').state).toBe('RUNNING');
  });

  it('an installation that was cut off is done again', async () => {
    stage().driver.behave('*', { install: 'hangs' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    stage().driver.behave('*', { install: 'installs' });
    await stage().reboot();
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
    expect(
      stage()
        .linesOf('blog')
        .filter((line) => line === 'Installing dependencies...'),
    ).toHaveLength(2);
  });
});

describe('recovery', () => {
  it('ends a process of this control plane’s that belongs to no run, and says so', async () => {
    await stage().crash(() => {
      // As though the database had lost what it knew of the run.
      stage().driver.begin({ ...spec(), run: 99, mark: 'stage-99' });
    });
    expect(
      stage()
        .driver.live()
        .map(({ spec: { run } }) => run),
    ).toEqual([1, 2]);
    expect(stage().warnings).toEqual(['ended processes that belonged to no run: {"strangers":1}']);
  });

  it('of a run that cannot be looked up calls it LOST, and no other suffers', async () => {
    const { recover } = stage().driver;
    stage().driver.recover = (run, handle) =>
      run.run === 1 ? Promise.reject(new Error('EIO')) : recover(run, handle);
    await stage().crash();
    expect(lastRun(stage(), 'blog').exit?.reason).toBe('LOST');
    expect(stage().app('chat').state).toBe('RUNNING');
    expect(stage().problems[0]).toMatch(/EIO/);
  });

  it('tells what recovery found before what happens to the run meanwhile', async () => {
    const { recover } = stage().driver;
    stage().driver.recover = async (run, handle) => {
      const found = await recover(run, handle);
      if (run.run === 1) stage().driver.tell(1, { type: 'ENDED', code: 4, signal: null });
      return found;
    };
    await stage().crash();
    await stage().settle();
    expect(lastRun(stage(), 'blog')).toMatchObject({ recoveries: 1, exit: { code: 4, reason: 'EXITED' } });
    expect(stage().app('blog').state).toBe('BACKOFF');
  });

  it('asks for no port for a worker, and takes it over', async () => {
    stage().folders.put('bot', withManifest({ servesPort: false }));
    await stage().clock.advance(1_000);
    await stage().crash();
    await stage().settle();
    expect(stage().app('bot')).toMatchObject({ state: 'RUNNING', run: { recoveries: 1, port: null } });
    expect(portOf(stage(), 'bot')).toBeNull();
  });

  it('of a worker that was starting gives it its second', async () => {
    stage().folders.put('bot', withManifest({ servesPort: false }));
    await stage().clock.advance(900);
    await stage().crash();
    await stage().clock.advance(999);
    expect(stage().app('bot').state).toBe('STARTING');
    await stage().clock.advance(1);
    expect(stage().app('bot').state).toBe('RUNNING');
  });

  function spec() {
    const [run] = stage().driver.live();
    if (!run) throw new Error('Nothing runs');
    return run.spec;
  }
});
