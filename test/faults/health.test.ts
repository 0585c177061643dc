import { describe, expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { lives, sharedServer } from '../support/whole-server.ts';

const server = sharedServer({
  ports: 20,
  env: { TOEHOLD_HEALTH_INTERVAL: '150ms', TOEHOLD_HEALTH_TIMEOUT: '3s', TOEHOLD_STARTUP_TIMEOUT: '10s' },
});

const HINT = ' (toes.health in package.json sets another path, or false)';
const TOO_MANY = 'Too many health check failures, restarting...';

describe('A11: health', () => {
  test('fails three times: the app is restarted, and told why', async () => {
    const { addApp, waitForState, waitForApp, waitForLine, runs } = server();
    await addApp('sick', { script: program('serve', '--status', 500) });
    const { run } = await waitForState('sick', 'RUNNING');
    const lines = await waitForLine('sick', TOO_MANY);
    expect(lines.filter((line) => line.startsWith('Health check failed')).slice(0, 3)).toEqual([
      `Health check failed (1/3): GET / answered 500${HINT}`,
      `Health check failed (2/3): GET / answered 500${HINT}`,
      `Health check failed (3/3): GET / answered 500${HINT}`,
    ]);
    await waitForApp('sick', 'runs anew', (app) => app.state === 'RUNNING' && app.run?.pid !== run?.pid);
    expect(lives(run?.pid)).toBe(false);
    expect((await runs('sick')).at(-1)?.exit?.reason).toBe('UNHEALTHY');
    expect((await runs('sick')).at(-2)?.cause).toBe('HEALTH');
    await server().command('removeApp', 'sick');
  });

  test('B-9: an app that exits 0 on SIGTERM is restarted after a health kill', async () => {
    const { addApp, waitForState, waitForApp } = server();
    await addApp('polite', { script: program('serve', '--status', 503, '--on-term', 0) });
    const { run } = await waitForState('polite', 'RUNNING');
    await waitForApp('polite', 'runs anew', (app) => app.state === 'RUNNING' && app.run?.id !== run?.id);
    await server().command('removeApp', 'polite');
  });

  test('B-8: an app that ignores SIGTERM gets SIGKILL after the grace of a health kill', async () => {
    const { addApp, waitForState, waitForApp, waitForLine } = server();
    await addApp('stubborn', { script: program('serve', '--status', 503, '--on-term', 'ignore') });
    const { run } = await waitForState('stubborn', 'RUNNING');
    await waitForLine('stubborn', 'Shutdown timeout, sending SIGKILL...');
    await waitForApp('stubborn', 'runs anew', (app) => app.state === 'RUNNING' && app.run?.id !== run?.id);
    expect(lives(run?.pid)).toBe(false);
    await server().command('removeApp', 'stubborn');
  });

  test('B-29: a check in flight at a stop counts against no run', async () => {
    const { addApp, waitForState, waitForApp, command, lines } = server();
    // Never answers, so that a check is nearly always in flight.
    await addApp('hanging', { script: program('serve'), toes: { health: '/hang' } });
    await waitForState('hanging', 'RUNNING');
    for (let round = 0; round < 4; round += 1) {
      expect((await command('restartApp', 'hanging')).__typename).toBe('RestartAppSuccess');
    }
    const { health } = await waitForApp('hanging', 'runs', ({ state }) => state === 'RUNNING');
    expect(health).toBe('UNKNOWN');
    expect(await lines('hanging')).not.toContain(TOO_MANY);
    await command('removeApp', 'hanging');
  });

  test.each([
    ['::', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
  ])(
    'an app on %s that takes no other Host than localhost is healthy, and its URL leads to it',
    async (host, reached) => {
      const { addApp, waitForApp, command } = server();
      await addApp('strict', {
        script: program('serve', '--check-host', '--host', host),
        toes: { health: '/' },
      });
      const { url, port } = await waitForApp('strict', 'is healthy', ({ health }) => health === 'HEALTHY');
      expect(url).toBe(`http://${reached}:${port?.port}`);
      expect((await fetch(`${url}/pid`)).status).toBe(200);
      await command('removeApp', 'strict');
    },
  );

  test('an app that names no path may answer 404; redirects are followed', async () => {
    const { addApp, waitForApp, lines } = server();
    await addApp('elsewhere', { script: program('serve', '--status', 404) });
    const { state, health } = await waitForApp('elsewhere', 'has a warning', ({ warnings }) =>
      warnings.some((text) =>
        text.startsWith('GET / answered 404, so its health is unknown: set toes.health'),
      ),
    );
    expect([state, health]).toEqual(['RUNNING', 'UNKNOWN']);
    expect((await lines('elsewhere')).join()).not.toContain('Health check failed');
    await server().command('removeApp', 'elsewhere');
    await addApp('redirects', { script: program('serve'), toes: { health: '/redirect?to=/status/204' } });
    await waitForApp('redirects', 'is healthy', ({ health }) => health === 'HEALTHY');
    await addApp('unchecked', { script: program('serve', '--status', 500), toes: { health: false } });
    await waitForApp('unchecked', 'runs', ({ state }) => state === 'RUNNING');
    expect((await server().app('unchecked'))?.health).toBe('UNKNOWN');
  });

  test('B-30: `node --watch` whose child crashes: health decides, not the wrapper', async () => {
    const { addApp, waitForState, waitForApp, waitForLine } = server();
    const script = program('serve').replace(/^node /, 'node --watch ');
    await addApp('watching', { script });
    const { run, url } = await waitForState('watching', 'RUNNING');
    await fetch(`${url}/exit/1`);
    const lines = await waitForLine('watching', TOO_MANY);
    expect(lines.join('\n')).toMatch(/Health check failed \(3\/3\): nothing listens on port \d+/);
    await waitForApp('watching', 'runs anew', (app) => app.state === 'RUNNING' && app.run?.id !== run?.id);
    expect(lives(run?.pid)).toBe(false);
    await server().command('removeApp', 'watching');
  });
});
