import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { startServer, type WholeServer } from '../support/whole-server.ts';

const WORKER = { port: false };

/** One app in every phase that has processes, timers or both. */
async function oneOfEach({ addApp, appsDir }: WholeServer): Promise<void> {
  await addApp('running', { script: program('serve') });
  await addApp('starting', { script: 'echo up; exec sleep 1000' });
  await addApp('stopping', {
    script: "trap 'sleep 0.3; exit 0' TERM; echo up; while :; do sleep 0.05; done",
    toes: WORKER,
  });
  await addApp('worker', { script: 'exec sleep 1000', toes: WORKER });
  await addApp('parent', { script: program('grandchild', '--session', '--', 'idle'), toes: WORKER });
  await addApp('crashing', { script: 'exit 1' });
  await addApp('invalid', { script: '' });
  const directory = join(appsDir, 'installing', 'current');
  await mkdir(join(directory, 'bin'), { recursive: true });
  // A package manager that hangs, with a child in its own session.
  await writeFile(join(directory, 'bin', 'pnpm'), '#!/bin/sh\nsetsid sleep 1000 &\necho $! >child\nwait\n', {
    mode: 0o755,
  });
  await writeFile(join(directory, '.env'), `PATH=${directory}/bin:${process.env.PATH}\n`);
  const manifest = { packageManager: 'pnpm@9.0.0', dependencies: { x: '1' }, scripts: { toes: 'true' } };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
}

async function allUnderWay({
  waitForState,
  waitForLine,
  waitForApp,
  command,
  appsDir,
}: WholeServer): Promise<void> {
  await waitForState('running', 'RUNNING');
  await waitForLine('starting', 'up');
  await waitForLine('stopping', 'up');
  await waitForState('stopping', 'RUNNING');
  await waitForState('worker', 'RUNNING');
  await waitForLine('parent', 'ready');
  await waitForApp('crashing', 'waits', ({ restart }) => restart?.attempt === 2);
  await waitForState('invalid', 'INVALID');
  await until(
    () => readFile(join(appsDir, 'installing', 'current', 'child'), 'utf8'),
    'the installation hangs',
  );
  await command('stopApp', 'stopping', false);
}

const NAMES = ['running', 'starting', 'stopping', 'worker', 'parent', 'crashing', 'installing'];

describe('A21, B-28: a shutdown', () => {
  test('ends apps that run, start, install, stop or wait, all at once, and the next start does as was wanted', async () => {
    const server = await startServer({
      before: oneOfEach,
      ports: 20,
      env: { TOEHOLD_RESTART_DELAYS: '50ms,1h' },
    });
    await allUnderWay(server);
    const began = performance.now();
    expect(await server.shutdown('stop')).toEqual({ clean: true });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await server.processes()).toEqual([]);
    expect(server.timers()).toBe(0);
    await server.startAgain();
    for (const name of NAMES) {
      const app = await server.waitForApp(name, 'is taken up again', ({ state, desiredState }) =>
        desiredState === 'RUNNING' ? state !== 'STOPPED' : state === 'STOPPED',
      );
      expect(app.desiredState, name).toBe(name === 'stopping' ? 'STOPPED' : 'RUNNING');
    }
    expect((await server.runs('installing')).at(-1)?.exit?.reason).toMatch(/STOPPED|KILLED/);
    expect((await server.app('crashing'))?.restart?.attempt).toBeGreaterThanOrEqual(2);
  });

  test('is not clean where one ignores SIGTERM, and leaves nothing all the same', async () => {
    const server = await startServer({
      before: async (whole) => {
        await oneOfEach(whole);
        await whole.addApp('deaf', { script: program('idle', 'ignore'), toes: WORKER });
      },
      ports: 20,
      env: { TOEHOLD_RESTART_DELAYS: '50ms,1h' },
    });
    await allUnderWay(server);
    await server.waitForLine('deaf', 'ready');
    expect(await server.shutdown('stop')).toEqual({ clean: false });
    expect(await server.processes()).toEqual([]);
    expect(server.printed).toContain('🐾 [deaf] Shutdown timeout, sending SIGKILL...');
    expect(server.timers()).toBe(0);
    await server.startAgain();
  });

  test('that is forced kills at once', async () => {
    const server = await startServer({
      before: ({ addApp }) => addApp('deaf', { script: program('idle', 'ignore'), toes: WORKER }),
      bystander: false,
      env: { TOEHOLD_STOP_GRACE: '1h' },
    });
    await server.waitForLine('deaf', 'ready');
    expect(await server.shutdown('force')).toEqual({ clean: false });
    expect(await server.processes()).toEqual([]);
    expect(server.timers()).toBe(0);
    await server.startAgain();
    await server.waitForState('deaf', 'RUNNING');
    expect((await server.runs('deaf'))[1]?.exit).toMatchObject({ reason: 'KILLED', signal: 'SIGKILL' });
    await server.waitForLine('deaf', 'ready');
    // With such a grace the end of the test itself must be forced, too.
    expect(await server.shutdown('force')).toEqual({ clean: false });
  });

  test('with detach leaves apps that run, start and stop to the next one, which goes on with each', async () => {
    const server = await startServer({
      before: oneOfEach,
      ports: 20,
      env: { TOEHOLD_RESTART_DELAYS: '50ms,1h' },
    });
    await allUnderWay(server);
    const pids = new Map<string, number | null | undefined>();
    for (const name of ['running', 'starting', 'worker']) pids.set(name, (await server.app(name))?.run?.pid);
    await server.restart('detach');
    for (const [name, pid] of pids) {
      const app = await server.waitForApp(name, 'was taken over', ({ run }) => run?.recoveries === 1);
      expect(app.run?.pid, name).toBe(pid);
    }
    await server.waitForState('stopping', 'STOPPED');
    await server.waitForApp('crashing', 'still waits', ({ restart }) => restart?.attempt === 2);
    expect((await server.runs('stopping'))[0]?.exit).toMatchObject({ reason: 'STOPPED' });
    const { events } = await server.ask<{ events: { nodes: object[] } }>(
      '{ events(last: 1000) { nodes { ... on SupervisorStartedEvent { recoveredRuns lostRuns } } } }',
    );
    const starts = events.nodes.filter((event) => 'lostRuns' in event);
    expect(starts.at(-1)).toMatchObject({ lostRuns: 0 });
  });

  test('refuses commands meanwhile, and answers those that wait', async () => {
    const server = await startServer({ bystander: false });
    await server.addApp('slow', { script: program('serve', '--delay', 5_000) });
    await server.waitForState('slow', 'STARTING');
    await server.command('stopApp', 'slow');
    const waiting = server.command('startApp', 'slow');
    await server.waitForState('slow', 'STARTING');
    const shutdown = server.shutdown('stop');
    expect(await waiting).toMatchObject({
      ...{ __typename: 'StartFailedError', message: 'Superseded by the shutdown of the control plane' },
    });
    await shutdown;
  });
});
