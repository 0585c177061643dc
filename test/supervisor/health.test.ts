import { beforeEach, describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../src/contracts/ports.ts';
import { DEFAULT_HEALTH } from '../../src/core/health-check.ts';
import { BEN, ends, eventsOf, lastRun, later, runOf, stageWith, WAIT, withManifest } from './given.ts';

const stage = stageWith(['blog']);
const blog = { name: 'blog' };
const BAD: ProbeResult = { ok: false, status: 500, reason: 'GET / answered 500' };
const MISSING: ProbeResult = { ok: false, status: 404, reason: 'GET / answered 404' };
const UP = withManifest({ health: { ...DEFAULT_HEALTH, path: '/up' } });
const HINT = ' (toes.health in package.json sets another path, or false)';

describe('A11: the health check', () => {
  it('is made first 30 s after ready, and then every 30 s', async () => {
    await stage().clock.advance(29_999);
    expect(stage().probes).toEqual([]);
    expect(stage().app('blog').health).toBe('UNKNOWN');
    await stage().clock.advance(1);
    expect(stage().probes).toEqual(['http://127.0.0.1:3001/']);
    expect(stage().app('blog').health).toBe('HEALTHY');
    await stage().clock.advance(30_000);
    expect(stage().probes).toHaveLength(2);
  });

  it('counts the next 30 s from the answer of the one before', async () => {
    let answer = (_: ProbeResult) => {};
    stage().health = new Promise((resolve) => {
      answer = resolve;
    });
    await stage().clock.advance(34_000);
    answer({ ok: true });
    await stage().clock.advance(29_999);
    expect(stage().probes).toHaveLength(1);
    await stage().clock.advance(1);
    expect(stage().probes).toHaveLength(2);
  });

  it('asks the address that listens, at the path of the manifest', async () => {
    stage().folders.put('blog', UP);
    stage().listening = [{ port: 3001, address: '::1' }];
    await stage().clock.advance(30_000);
    expect(stage().probes).toEqual(['http://[::1]:3001/up']);
  });

  it('asks 127.0.0.1 where owners cannot be read', async () => {
    stage().listening = null;
    await stage().clock.advance(30_000);
    expect(stage().probes).toEqual(['http://127.0.0.1:3001/']);
  });

  it('is off where the manifest says so, and for an app that serves nothing', async () => {
    stage().folders.put('blog', withManifest({ health: false }));
    stage().folders.put('bot', withManifest({ servesPort: false }));
    await stage().clock.advance(120_000);
    expect(stage().probes).toEqual([]);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', health: 'UNKNOWN' });
    expect(stage().app('bot')).toMatchObject({ state: 'RUNNING', health: 'UNKNOWN' });
  });

  it('says each failure with its reason, and restarts after the third, with backoff', async () => {
    stage().health = BAD;
    await stage().clock.advance(60_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', health: 'UNHEALTHY' });
    await stage().clock.advance(30_000);
    expect(stage().linesOf('blog').slice(1)).toEqual([
      `Health check failed (1/3): GET / answered 500${HINT}`,
      `Health check failed (2/3): GET / answered 500${HINT}`,
      `Health check failed (3/3): GET / answered 500${HINT}`,
      'Too many health check failures, restarting...',
      'Exited with code 143',
      'Scheduling restart in 1s (attempt 1)...',
    ]);
    expect(lastRun(stage(), 'blog').exit).toMatchObject({ reason: 'UNHEALTHY', code: 143 });
    await stage().clock.advance(1_000);
    expect(stage().linesOf('blog').slice(-2)).toEqual(['Restarting...', 'Starting on port 3001...']);
    expect(runOf(stage(), 'blog').cause).toBe('HEALTH');
  });

  it('B-9: restarts an app that exits 0 when it is stopped for being unhealthy', async () => {
    stage().health = BAD;
    stage().driver.behave('*', { stop: { exits: 0 } });
    await stage().clock.advance(90_000);
    expect(stage().app('blog').state).toBe('BACKOFF');
    await stage().clock.advance(1_000);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('B-8: kills an unhealthy app that ignores SIGTERM after the grace', async () => {
    stage().health = BAD;
    stage().driver.behave('*', { stop: 'ignores' });
    await stage().clock.advance(90_000 + 9_999);
    expect(stage().app('blog').state).toBe('STOPPING');
    await stage().clock.advance(1);
    expect(stage().app('blog').state).toBe('BACKOFF');
    expect(stage().linesOf('blog')).toContain('Shutdown timeout, sending SIGKILL...');
    expect(lastRun(stage(), 'blog').exit).toMatchObject({ reason: 'UNHEALTHY', signal: 'SIGKILL' });
  });

  it('begins to count anew after a check that passed', async () => {
    stage().health = BAD;
    await stage().clock.advance(60_000);
    stage().health = { ok: true };
    await stage().clock.advance(30_000);
    expect(stage().app('blog').health).toBe('HEALTHY');
    stage().health = BAD;
    await stage().clock.advance(60_000);
    expect(stage().app('blog').state).toBe('RUNNING');
    expect(stage().linesOf('blog').slice(-1)).toEqual([
      `Health check failed (2/3): GET / answered 500${HINT}`,
    ]);
  });

  it('says of every failure on the default path how to set another one, and only there', async () => {
    stage().health = BAD;
    await stage().clock.advance(30_000);
    expect(stage().linesOf('blog').at(-1)).toBe(`Health check failed (1/3): GET / answered 500${HINT}`);
    stage().health = { ok: false, status: null, reason: 'no answer within 5 s' };
    await stage().clock.advance(30_000);
    expect(stage().linesOf('blog').at(-1)).toBe(`Health check failed (2/3): no answer within 5 s${HINT}`);
    stage().folders.put('blog', UP);
    stage().health = { ok: false, status: 500, reason: 'GET /up answered 500' };
    await stage().clock.advance(30_000);
    expect(stage().linesOf('blog')).toContain('Health check failed (3/3): GET /up answered 500');
    expect(stage().app('blog').error).toBe('3 health checks in a row failed: GET /up answered 500');
  });

  for (const [status, reason] of [
    [401, 'GET / answered 401'],
    [404, 'GET / answered 404'],
    [426, 'GET / answered 426'],
    [302, 'GET / answered 302, a redirect to https://localhost:3001, which is not followed'],
  ] as const) {
    it(`an app that names no path may answer ${status}: it runs on, its health is not known, a warning says so`, async () => {
      const seq = stage().journal().at(-1)?.seq;
      stage().health = { ok: false, status, reason };
      await stage().clock.advance(600_000);
      expect(stage().app('blog')).toMatchObject({
        state: 'RUNNING',
        health: 'UNKNOWN',
        error: null,
        warnings: [
          `${reason}, so its health is unknown: set toes.health in package.json to a path that answers 2xx, or to false`,
        ],
      });
      expect(stage().linesOf('blog').join()).not.toContain('Health check failed');
      expect(eventsOf(stage(), 'blog', seq)).toEqual(['AppUpdated WARNINGS']);
    });
  }

  it('the same answer is a failure once a check of that run has passed', async () => {
    await stage().clock.advance(30_000);
    stage().health = MISSING;
    await stage().clock.advance(60_000);
    expect(stage().app('blog')).toMatchObject({ health: 'UNHEALTHY', warnings: [] });
    expect(stage().linesOf('blog').at(-1)).toBe(`Health check failed (2/3): GET / answered 404${HINT}`);
    await stage().clock.advance(30_000);
    expect(stage().app('blog').state).toBe('BACKOFF');
    // What the run before has shown says nothing of the next one.
    await stage().clock.advance(1_000 + 600_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', health: 'UNKNOWN' });
  });

  it('a check that passed before the control plane was killed counts after it, too', async () => {
    await stage().clock.advance(30_000);
    await stage().crash();
    stage().health = MISSING;
    await stage().clock.advance(90_000);
    expect(stage().app('blog').state).toBe('BACKOFF');
  });

  it('on a path of the app’s own every other answer than 2xx fails', async () => {
    stage().folders.put('blog', UP);
    stage().health = MISSING;
    await stage().clock.advance(90_000);
    expect(stage().app('blog').state).toBe('BACKOFF');
  });

  it('no answer fails from the first check on', async () => {
    stage().health = { ok: false, status: null, reason: 'socket hang up' };
    await stage().clock.advance(90_000);
    expect(stage().app('blog').state).toBe('BACKOFF');
  });

  it('A5: goes by the times and the number of the manifest', async () => {
    const health = {
      path: '/up',
      interval: 5_000,
      timeout: 700,
      failures: 2,
      startPeriod: null,
      userAgent: 'up 1',
    };
    stage().folders.put('blog', withManifest({ health }));
    await stage().control.supervisor.restart(blog, WAIT);
    stage().health = BAD;
    await stage().clock.advance(5_000);
    expect(stage().timeouts).toEqual([700]);
    expect(stage().userAgents).toEqual(['up 1']);
    expect(stage().linesOf('blog').at(-1)).toBe('Health check failed (1/2): GET / answered 500');
    await stage().clock.advance(5_000);
    expect(stage().app('blog').state).toBe('BACKOFF');
  });

  it('A5: fails in the start period without counting, until one has passed', async () => {
    const health = { ...DEFAULT_HEALTH, path: '/up', startPeriod: 120_000 };
    stage().folders.put('blog', withManifest({ health }));
    await stage().control.supervisor.restart(blog, WAIT);
    stage().health = BAD;
    await stage().clock.advance(90_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', health: 'UNKNOWN' });
    expect(stage().linesOf('blog').at(-1)).toBe(
      'Health check failed in the start period: GET / answered 500',
    );
    await stage().clock.advance(30_000);
    expect(stage().linesOf('blog').at(-1)).toBe('Health check failed (1/3): GET / answered 500');
    await stage().control.supervisor.restart(blog, WAIT);
    stage().health = { ok: true };
    await stage().clock.advance(30_000);
    stage().health = BAD;
    await stage().clock.advance(30_000);
    expect(stage().linesOf('blog').at(-1)).toBe('Health check failed (1/3): GET / answered 500');
  });

  it('asks where it was reached at the start where owners cannot be read: `::1`, as one example', async () => {
    stage().driver.behave('*', { start: 'silent' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    stage().driver.tell(runOf(stage(), 'blog').id, { type: 'LISTENING', address: '::1' });
    await stage().settle();
    expect(stage().app('blog').address).toBe('::1');
    for (const listening of [null, [{ port: 3001, address: '::' }]]) {
      stage().listening = listening;
      await stage().clock.advance(30_000);
    }
    expect(stage().probes).toEqual(['http://[::1]:3001/', 'http://[::1]:3001/']);
  });

  it('A15: an app that turns unhealthy again and again is put off longer and longer', async () => {
    stage().health = BAD;
    for (const attempt of [1, 2, 3, 4]) {
      await stage().clock.advance(90_000);
      expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', restart: { attempt } });
      await stage().clock.advance(2 ** (attempt - 1) * 1_000);
    }
  });

  it('A15: nor is it stable where it passes once and then fails', async () => {
    for (const attempt of [1, 2, 3]) {
      stage().health = { ok: true };
      await stage().clock.advance(30_000);
      stage().health = BAD;
      await stage().clock.advance(90_000);
      expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', restart: { attempt } });
      await stage().clock.advance(2 ** (attempt - 1) * 1_000);
    }
    // A minute from its last failed check on, and a check that passes then.
    stage().health = BAD;
    await stage().clock.advance(30_000);
    stage().health = { ok: true };
    await stage().clock.advance(59_999);
    await ends(stage(), 'blog', 1);
    expect(stage().app('blog').restart?.attempt).toBe(4);
    await stage().clock.advance(8_000 + 60_000);
    await ends(stage(), 'blog', 1);
    expect(stage().app('blog').restart?.attempt).toBe(1);
  });

  it('B-15: never takes the answer of a foreign process for the app’s', async () => {
    stage().listening = [];
    stage().foreign.set(3001, { pid: 4711, command: 'nc -l 3001' });
    await stage().clock.advance(30_000);
    expect(stage().probes).toEqual([]);
    expect(stage().linesOf('blog').slice(-1)).toEqual([
      'Health check failed (1/3): port 3001 is held by pid 4711 (nc -l 3001)',
    ]);
  });

  it('B-29: one in flight at a stop says nothing about the next run', async () => {
    let answer = (_: ProbeResult) => {};
    stage().health = new Promise((resolve) => {
      answer = resolve;
    });
    await stage().clock.advance(30_000);
    await stage().control.supervisor.restart(blog, WAIT);
    answer(BAD);
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', health: 'UNKNOWN' });
    expect(stage().linesOf('blog').join()).not.toContain('Health check failed');
  });

  it('that cannot be made changes nothing, and is logged', async () => {
    const { id } = runOf(stage(), 'blog');
    stage().driver.listening = () => Promise.reject(new Error('too many open files'));
    await stage().clock.advance(300_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', health: 'UNKNOWN', run: { id } });
    expect(stage().problems[0]).toMatch(/too many open files/);
  });

  it('that tells nothing new writes nothing to the disk', async () => {
    await stage().clock.advance(60_000);
    expect(stage().app('blog').health).toBe('HEALTHY');
    stage().full = true;
    await stage().clock.advance(300_000);
    expect(stage().probes).toHaveLength(12);
    expect(stage().problems).toEqual([]);
  });

  it('does not mind a clock that is set back or forward an hour', async () => {
    await stage().clock.advance(20_000);
    stage().clock.jump(-3_600_000);
    await stage().clock.advance(10_000);
    expect(stage().probes).toHaveLength(1);
    stage().clock.jump(3_600_000);
    await stage().clock.advance(29_999);
    expect(stage().probes).toHaveLength(1);
    await stage().clock.advance(1);
    expect(stage().probes).toHaveLength(2);
  });
});

describe('A12: an app that does not become ready', () => {
  beforeEach(() => stage().driver.behave('*', { start: 'silent' }));

  it('is killed after 30 s, and says that nothing listens on its port', async () => {
    await stage().control.supervisor.restart(blog, BEN);
    await stage().clock.advance(29_999);
    expect(stage().app('blog').state).toBe('STARTING');
    await stage().clock.advance(1);
    expect(stage().linesOf('blog').slice(-4)).toEqual([
      'Startup timeout, killing process...',
      'Nothing listens on port 3001 (PORT)',
      'Exited with code 143',
      'Scheduling restart in 1s (attempt 1)...',
    ]);
    expect(stage().app('blog')).toMatchObject({
      state: 'BACKOFF',
      error: 'Nothing listens on port 3001 (PORT) after 30s (toes.startupTimeout)',
    });
    expect(lastRun(stage(), 'blog').exit?.reason).toBe('STARTUP_TIMEOUT');
  });

  it('A5: is killed after the time that its package.json gives it, and says so', async () => {
    stage().folders.put('slow', withManifest({ startupTimeout: 90_000 }));
    await stage().clock.advance(0);
    expect(stage().app('slow').state).toBe('STARTING');
    await stage().clock.advance(89_999);
    expect(stage().app('slow').state).toBe('STARTING');
    await stage().clock.advance(1);
    expect(stage().app('slow')).toMatchObject({
      state: 'BACKOFF',
      error: 'Nothing listens on port 3002 (PORT) after 90s (toes.startupTimeout)',
    });
  });

  it('has no error while the next attempt is under way', async () => {
    await stage().control.supervisor.restart(blog, BEN);
    await stage().clock.advance(30_000);
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', error: expect.stringMatching(/^Nothing/) });
    await stage().clock.advance(1_200);
    expect(stage().app('blog')).toMatchObject({ state: 'STARTING', error: null });
    await stage().clock.advance(30_000);
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', error: expect.stringMatching(/^Nothing/) });
    await stage().control.supervisor.start(blog, BEN);
    expect(stage().app('blog')).toMatchObject({ state: 'STARTING', error: null });
  });

  it('gets an error that names the port that it listens on', async () => {
    stage().listening = [
      { port: 8080, address: '127.0.0.1' },
      { port: 8080, address: '::1' },
    ];
    await stage().control.supervisor.restart(blog, BEN);
    await stage().clock.advance(30_000);
    expect(stage().app('blog').error).toBe(
      'It listens on 8080, not on 3001 (PORT) after 30s (toes.startupTimeout)',
    );
    expect(stage().linesOf('blog')).toContain('It listens on 8080, not on 3001 (PORT)');
  });

  it('counts as a crash even where it exits 0, and is killed after the grace', async () => {
    stage().driver.behave('*', { start: 'silent', stop: { exits: 0 } });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().clock.advance(30_000);
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', restart: { attempt: 1 } });
    stage().driver.behave('*', { start: 'silent', stop: 'ignores' });
    await stage().clock.advance(31_000);
    expect(stage().app('blog').state).toBe('STOPPING');
    await stage().clock.advance(10_000);
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', restart: { attempt: 2 } });
  });

  it('has 30 s from the spawn: the installation has its own time', async () => {
    stage().driver.behave('*', { install: 'hangs', start: 'silent' });
    await stage().control.supervisor.restart(blog, BEN);
    await stage().clock.advance(300_000);
    stage().driver.tell(runOf(stage(), 'blog').id, { type: 'STARTING' });
    await stage().clock.advance(29_999);
    expect(stage().app('blog').state).toBe('STARTING');
    await stage().clock.advance(1);
    expect(stage().app('blog').state).toBe('BACKOFF');
  });

  it('is ready where it listens while the reason is being looked for', async () => {
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    let answer = () => {};
    const { listening } = stage().driver;
    stage().driver.listening = (run) =>
      new Promise((resolve) => {
        answer = () => resolve(listening(run));
      });
    await stage().clock.advance(30_000);
    stage().driver.tell(runOf(stage(), 'blog').id, { type: 'LISTENING', address: '127.0.0.1' });
    answer();
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error: null });
  });

  it('B-4: is not RUNNING before its own process listens', async () => {
    const answer = later(stage().control.supervisor.restart(blog, WAIT));
    await stage().clock.advance(20_000);
    expect(answer.value).toBeUndefined();
    expect(stage().app('blog')).toMatchObject({ state: 'STARTING', run: { readyAt: null } });
    stage().driver.tell(runOf(stage(), 'blog').id, { type: 'LISTENING', address: '127.0.0.1' });
    await stage().settle();
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { readyAt: stage().clock.now() } });
  });

  it('has no error any more once a start has become ready', async () => {
    await stage().control.supervisor.restart(blog, BEN);
    await stage().clock.advance(30_000);
    stage().driver.behave('*', {});
    await stage().clock.advance(1_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error: null });
  });
});

describe('B-30: a script whose wrapper survives the crash of the app', () => {
  it('is unhealthy when nothing listens any more, whatever lives on', async () => {
    stage().listening = [];
    await stage().clock.advance(90_000);
    expect(stage().app('blog').state).toBe('BACKOFF');
    expect(lastRun(stage(), 'blog').exit?.reason).toBe('UNHEALTHY');
  });
});
