import { describe, expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { lives, sharedServer, startServer } from '../support/whole-server.ts';

const server = sharedServer({
  ports: 20,
  env: { TOEHOLD_HEALTH_INTERVAL: '200ms', TOEHOLD_WORKER_READY: '1s' },
});

describe('A11, B-4: RUNNING is told when the app listens, and not before', () => {
  test('an app that listens late', async () => {
    const { addApp, waitForLine, app, waitForState } = server();
    await addApp('late', { script: `echo up; exec ${program('serve', '--delay', 700)}` });
    await waitForLine('late', 'up');
    expect(await app('late')).toMatchObject({ state: 'STARTING', url: null, run: { phase: 'BOOTING' } });
    const { url } = await waitForState('late', 'RUNNING');
    expect((await fetch(url ?? '')).status).toBe(200);
  });

  test.for(['::1', '127.0.0.1', '::', '0.0.0.0', '127.0.0.2'])(
    'an app that listens on %s alone is ready, and its health is checked there',
    async (host) => {
      const { addApp, waitForApp, waitForState } = server();
      const name = `on-${host.replaceAll(/[:.]/g, '-')}-x`;
      await addApp(name, { script: program('serve', '--host', host) });
      await waitForState(name, 'RUNNING');
      await waitForApp(name, 'is healthy', ({ health }) => health === 'HEALTHY');
    },
  );

  test('a worker is RUNNING after a second, without port and URL', async () => {
    const { addApp, waitForLine, app, waitForState, ask } = server();
    await addApp('worker', { script: 'echo works; exec sleep 1000', toes: { port: false } });
    const began = performance.now();
    const [first] = await waitForLine('worker', 'works');
    expect(first).toBe('Starting...');
    expect((await app('worker'))?.state).toBe('STARTING');
    const { port, url, run } = await waitForState('worker', 'RUNNING');
    expect(performance.now() - began).toBeGreaterThan(700);
    expect({ port, url }).toEqual({ port: null, url: null });
    const { app: seen } = await ask<{ app: object }>(
      '{ app(by: { name: "worker" }) { health run { port readyAt } } }',
    );
    expect(seen).toEqual({ health: 'UNKNOWN', run: { port: null, readyAt: expect.any(String) } });
    expect(lives(run?.pid)).toBe(true);
  });

  test('a worker that ends before is a crash or at rest, never RUNNING', async () => {
    const { addApp, waitForApp, states } = server();
    await addApp('short', { script: 'exit 1', toes: { port: false } });
    await waitForApp('short', 'tries again', ({ restart }) => (restart?.attempt ?? 0) >= 2);
    expect(await states('short')).not.toContain('RUNNING');
  });
});

describe('A12: the start-up time-out', () => {
  test('says on which port it listens instead, or that it listens on none', async () => {
    const { addApp, waitForLine, waitForApp, states, runs, range, command } = await startServer({
      bystander: false,
      env: { TOEHOLD_STARTUP_TIMEOUT: '2500ms', TOEHOLD_RESTART_DELAYS: '1h' },
    });
    await addApp('astray', { script: program('serve', '--port', range.max) });
    await addApp('mute', { script: 'exec sleep 1000' });
    await addApp('deaf-mute', { script: "trap '' TERM; while :; do sleep 1; done" });
    const expected = {
      astray: (port: number) => `It listens on ${range.max}, not on ${port} (PORT)`,
      mute: (port: number) => `Nothing listens on port ${port} (PORT)`,
      'deaf-mute': (port: number) => `Nothing listens on port ${port} (PORT)`,
    };
    for (const [name, sentence] of Object.entries(expected)) {
      const { error, port } = await waitForApp(name, 'backs off', ({ restart }) => restart?.attempt === 1);
      const found = sentence(port?.port ?? 0);
      expect(error).toBe(`${found} after 2.5s (toes.startupTimeout)`);
      const lines = await waitForLine(name, /^Scheduling restart/);
      expect(lines).toContain('Startup timeout, killing process...');
      expect(lines).toContain(found);
      expect(await states(name)).toEqual(['STARTING', 'STOPPING', 'BACKOFF']);
      expect(await runs(name)).toMatchObject([{ exit: { reason: 'STARTUP_TIMEOUT' } }]);
      await command('removeApp', name);
    }
  });

  test('B-30: `node --watch` whose child crashes before it listens does not start for ever', async () => {
    const { addApp, waitForApp, runs } = await startServer({
      bystander: false,
      env: { TOEHOLD_STARTUP_TIMEOUT: '2s', TOEHOLD_RESTART_DELAYS: '1h' },
    });
    await addApp('watching', {
      script: program('print', 1, 1).replace(/^node /, 'node --watch '),
    });
    await waitForApp('watching', 'backs off', ({ restart }) => restart?.attempt === 1);
    await until(async () => (await runs('watching'))[0]?.exit, 'its run has ended');
  });
});
