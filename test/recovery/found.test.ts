import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { isRunning, makePlane } from './plane.ts';
import { exitOf, gone, killGroup, mains, pidOf, runOf, shimOf } from './processes.ts';

test('B-3: what became of runs while nobody looked', async () => {
  const plane = await makePlane();
  const serve = { script: program('serve') };
  await plane.addApp('alive', serve);
  const booting = await plane.addApp('booting', {
    script: `until [ -e go ]; do sleep 0.05; done; exec ${program('serve')}`,
  });
  for (const name of ['failed', 'done', 'lost']) await plane.addApp(name, serve);
  await plane.addApp('deaf', { script: program('serve', '--on-term', 'ignore') });
  await plane.start({ TOEHOLD_STOP_GRACE: '1h' });
  const alive = await plane.appThat('alive', 'runs', isRunning);
  const failed = await plane.appThat('failed', 'runs', isRunning);
  const done = await plane.appThat('done', 'runs', isRunning);
  const lost = await plane.appThat('lost', 'runs', isRunning);
  const deaf = await plane.appThat('deaf', 'runs', isRunning);
  const starting = await plane.appThat('booting', 'was spawned', ({ run }) => run?.pid != null);
  await plane.command('stopApp', 'deaf');
  await plane.appThat('deaf', 'is being stopped', ({ state }) => state === 'STOPPING');
  await plane.kill();

  await Promise.all([fetch(`${failed.url}/exit/3`), fetch(`${done.url}/exit/0`)]);
  for (const { run } of [lost, deaf]) if (run) await killGroup(plane, run);
  await gone(pidOf(failed), pidOf(done));
  await plane.start();

  // The one that was being stopped left no status either.
  expect(await plane.found()).toEqual({ recoveredRuns: 2, lostRuns: 2 });
  expect((await plane.app('alive')).run).toEqual({ ...alive.run, recoveries: 1 });
  expect((await plane.app('booting')).run).toEqual({ ...starting.run, recoveries: 1 });
  await writeFile(join(booting, 'go'), '');
  const booted = await plane.appThat('booting', 'runs', isRunning);
  expect(booted.run).toMatchObject({ id: starting.run?.id, recoveries: 1 });

  for (const [before, exit, cause] of [
    [failed, { code: 3, signal: null, reason: 'EXITED' }, 'CRASH'],
    [lost, { code: null, signal: null, reason: 'LOST' }, 'CRASH'],
  ] as const) {
    const now = await plane.appThat(before.name, 'runs again', isRunning);
    expect(now.run).toMatchObject({ cause, recoveries: 0 });
    expect(exitOf(now, before.run)).toEqual(exit);
  }
  // A job that ended well is run again by a start, or by the machine's next boot.
  const rests = await plane.app('done');
  expect(rests).toMatchObject({ state: 'STOPPED', desiredState: 'RUNNING', run: null });
  expect(exitOf(rests, done.run)).toEqual({ code: 0, signal: null, reason: 'EXITED' });
  const stopped = await plane.app('deaf');
  expect(stopped).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED', run: null });
  expect(exitOf(stopped, deaf.run)).toMatchObject({ code: null, reason: 'STOPPED' });
});

test('B-3: a recovered run is checked, stopped and killed like one of the process’s own, and its status is learned', async () => {
  const plane = await makePlane();
  await plane.addApp('unhealthy', { script: program('leave-port') });
  await plane.addApp('never', { script: 'sleep 600' });
  await plane.addApp('ends', { script: program('serve') });
  await plane.addApp('stops', { script: program('serve', '--on-term', 7) });
  await plane.addApp('deaf', { script: program('serve', '--on-term', 'ignore') });
  await plane.addApp('family', {
    script: program('grandchild', '--session', '--', 'idle', 'ignore'),
    toes: { port: false },
  });
  await plane.start();
  const unhealthy = await plane.appThat('unhealthy', 'runs', isRunning);
  const ends = await plane.appThat('ends', 'runs', isRunning);
  const never = await plane.appThat('never', 'was spawned', ({ run }) => run?.pid != null);
  for (const name of ['stops', 'deaf', 'family']) await plane.appThat(name, 'runs', isRunning);
  await plane.kill();
  await fetch(`${unhealthy.url}/leave`);
  await plane.start({ TOEHOLD_HEALTH_INTERVAL: '1s', TOEHOLD_STARTUP_TIMEOUT: '2s' });
  expect(await plane.found()).toEqual({ recoveredRuns: 6, lostRuns: 0 });

  await fetch(`${ends.url}/exit/5`);
  const ended = await plane.appThat('ends', 'has ended', ({ run }) => run?.id !== ends.run?.id);
  expect(exitOf(ended, ends.run)).toEqual({ code: 5, signal: null, reason: 'EXITED' });

  for (const [name, exit] of [
    ['stops', { code: 7, signal: null, reason: 'STOPPED' }],
    ['deaf', { reason: 'KILLED', signal: 'SIGKILL' }],
    ['family', { code: 0, reason: 'KILLED' }],
  ] as const) {
    const [run] = (await plane.app(name)).runs.nodes;
    expect(await plane.command('stopApp', name, ', wait: true')).toBe('StopAppSuccess');
    const app = await plane.app(name);
    expect(exitOf(app, run ?? null)).toMatchObject(exit);
  }

  const restarted = await plane.appThat(
    'unhealthy',
    'is restarted',
    ({ run }) => run?.id !== unhealthy.run?.id,
  );
  expect(exitOf(restarted, unhealthy.run)).toMatchObject({ reason: 'UNHEALTHY' });
  const late = await plane.appThat('never', 'was given up', ({ run }) => run?.id !== never.run?.id);
  expect(exitOf(late, never.run)).toMatchObject({ reason: 'STARTUP_TIMEOUT' });
});

test('B-3: an end that was under way when the control plane was killed goes on, and what was wanted is started', async () => {
  const plane = await makePlane();
  const deaf = { script: program('serve', '--on-term', 'ignore') };
  for (const name of ['stopped', 'restarted', 'held']) await plane.addApp(name, deaf);
  await plane.start({ TOEHOLD_STOP_GRACE: '1h' });
  const runs = await Promise.all(['stopped', 'restarted', 'held'].map((name) => runOf(plane, name)));
  await plane.command('stopApp', 'stopped');
  await plane.command('restartApp', 'restarted');
  // A shutdown that is cut short: nobody said that the app is not wanted any more.
  plane.process.child.kill('SIGTERM');
  await until(() => plane.process.stderr().match(/\[held\] Stopping/), 'the shutdown has begun');
  await plane.kill();
  await plane.start();
  const stopped = await plane.appThat('stopped', 'is stopped', ({ state }) => state === 'STOPPED');
  const restarted = await plane.appThat('restarted', 'runs', isRunning);
  const held = await plane.appThat('held', 'runs', isRunning);
  for (const [index, app] of [stopped, restarted, held].entries()) {
    const run = runs[index];
    expect(exitOf(app, run ?? null)).toMatchObject({ reason: 'KILLED' });
  }
});

test('B-3: the shim killed alone never makes a second copy', async () => {
  const plane = await makePlane();
  for (const name of ['seen', 'unseen']) {
    await plane.addApp(name, { script: program('idle', 'named', `named-${name}`), toes: { port: false } });
  }
  await plane.start();
  const seen = await runOf(plane, 'seen');
  const unseen = await runOf(plane, 'unseen');
  const pids = [seen.pid, unseen.pid];
  const shims = [await shimOf(plane, seen), await shimOf(plane, unseen)] as const;
  process.kill(shims[0], 'SIGKILL');
  await plane.kill();
  process.kill(shims[1], 'SIGKILL');
  await gone(...shims);
  for (const recoveries of [1, 2]) {
    await plane.start();
    expect((await plane.app('seen')).run).toEqual({ ...seen, recoveries });
    expect((await plane.app('unseen')).run).toEqual({ ...unseen, recoveries });
    expect([...(await mains(plane, 'named-seen')), ...(await mains(plane, 'named-unseen'))]).toEqual(pids);
    if (recoveries === 1) await plane.kill();
  }
  // Its end is seen, and it is restarted: once.
  process.kill(seen.pid ?? 0, 'SIGKILL');
  const again = await plane.appThat(
    'seen',
    'runs again',
    ({ run }) => run !== null && run.id !== seen.id && run.pid !== null,
  );
  expect(exitOf(again, seen)).toMatchObject({ code: null });
  // A worker counts as ready before it has become the program that it names.
  const [main] = await until(async () => {
    const found = await mains(plane, 'named-seen');
    return found.length > 0 && found;
  }, 'it runs again');
  expect(main).toBe(again.run?.pid);
  expect(await mains(plane, 'named-seen')).toHaveLength(1);
});
