import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { freePorts } from '../support/free-ports.ts';
import { program } from '../support/programs.ts';
import { appIn, ask, makeDataDir, runProcess, type ServeProcess } from '../support/serve.ts';
import { until } from '../support/until.ts';
import { lives, startServer } from '../support/whole-server.ts';

const SERVE = { script: program('serve') };
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

async function readiness(url: string): Promise<{ status: number; problems: readonly string[] }> {
  const response = await fetch(new URL('/readyz', url), { headers: { connection: 'close' } });
  const { problems } = (await response.json()) as { problems: readonly string[] };
  return { status: response.status, problems };
}

describe('A20, B-24: APPS_DIR', () => {
  test('missing at the start, made later: the server is up, says so, and finds what comes', async () => {
    const { appsDir, url, addApp, waitForState } = await startServer({
      bystander: false,
      before: ({ appsDir: path }) => rm(path, { recursive: true }),
    });
    expect(await readiness(url)).toEqual({
      ...{
        status: 503,
        problems: [`APPS_DIR ${appsDir} is missing: make it, or set APPS_DIR to another directory`],
      },
    });
    await addApp('first', SERVE);
    await waitForState('first', 'RUNNING');
    expect((await readiness(url)).status).toBe(200);
  });

  test('is a file at the start: the same', async () => {
    const { appsDir, url, addApp, waitForState } = await startServer({
      bystander: false,
      before: async ({ appsDir: path }) => {
        await rm(path, { recursive: true });
        await writeFile(path, 'a file');
      },
    });
    expect(await readiness(url)).toEqual({
      ...{ status: 503, problems: [`APPS_DIR ${appsDir} is not a directory: set it to one`] },
    });
    await rm(appsDir);
    await addApp('first', SERVE);
    await waitForState('first', 'RUNNING');
  });

  test('is a symlink: as good as the directory', async () => {
    const { addApp, waitForState, command, app } = await startServer({
      bystander: false,
      before: async ({ appsDir: path, directory }) => {
        await rename(path, join(directory, 'elsewhere'));
        await symlink('elsewhere', path);
      },
    });
    await addApp('first', SERVE);
    await waitForState('first', 'RUNNING');
    expect((await command('removeApp', 'first')).__typename).toBe('RemoveAppSuccess');
    expect(await app('first')).toBe(null);
  });

  test('moved away while apps run: nobody is stopped or dropped; back again, nothing has happened', async () => {
    const {
      appsDir,
      url,
      addApp,
      app,
      waitForState,
      command,
      rename: renameApp,
      waitForLine,
      states,
    } = await startServer();
    await addApp('first', SERVE);
    await addApp('second', SERVE);
    const first = await waitForState('first', 'RUNNING');
    const second = await waitForState('second', 'RUNNING');
    await rename(appsDir, `${appsDir}-away`);
    await until(async () => (await readiness(url)).status === 503, 'it says so');
    expect((await readiness(url)).problems).toEqual([
      expect.stringContaining(`APPS_DIR ${appsDir} is missing`),
    ]);
    // Commands that need no directory work, and the others are answered.
    expect((await command('stopApp', 'second')).__typename).toBe('StopAppSuccess');
    expect((await command('startApp', 'second')).__typename).toMatch(/^Start(AppSuccess|FailedError)$/);
    expect((await renameApp('first', 'other')).__typename).toBe('OperationFailedError');
    expect((await command('removeApp', 'first')).__typename).toBe('OperationFailedError');
    const still = await waitForState('first', 'RUNNING');
    await rename(`${appsDir}-away`, appsDir);
    await until(async () => (await readiness(url)).status === 200, 'it is well again');
    await waitForLine('first', /^listening on/);
    expect((await waitForState('first', 'RUNNING')).run).toEqual(still.run);
    expect([still.id, still.port]).toEqual([first.id, first.port]);
    expect((await app('second'))?.id).toBe(second.id);
    await waitForState('second', 'RUNNING');
    expect(await states('bystander')).toEqual(['STARTING', 'RUNNING']);
  });

  test('removed with all that is in it: apps run on, beside a new empty one too, which is said', async () => {
    const { appsDir, url, addApp, app, waitForState, waitForApp } = await startServer({ bystander: false });
    await addApp('first', SERVE);
    const { run, id } = await waitForState('first', 'RUNNING');
    await rm(appsDir, { recursive: true });
    await until(async () => (await readiness(url)).status === 503, 'it says so');
    expect(lives(run?.pid)).toBe(true);
    expect((await app('first'))?.state).toBe('RUNNING');
    await mkdir(appsDir);
    await until(
      async () =>
        (await readiness(url)).problems.some((text) => text.includes('is empty, and 1 app was in it')),
      'it says that it is another one',
    );
    expect(lives(run?.pid)).toBe(true);
    await addApp('first', SERVE);
    // What runs is gone from the disk: the app runs from what is there now.
    const now = await waitForApp(
      'first',
      'runs anew',
      (is) => is.state === 'RUNNING' && is.run?.pid !== run?.pid,
    );
    expect(now.id).toBe(id);
    expect((await readiness(url)).status).toBe(200);
  });

  test('emptied while apps run: nobody is stopped, and it is said', async () => {
    const { appsDir, url, addApp, app, waitForState } = await startServer({ bystander: false });
    for (const name of ['first', 'second']) await addApp(name, SERVE);
    const first = await waitForState('first', 'RUNNING');
    const second = await waitForState('second', 'RUNNING');
    for (const name of ['first', 'second']) await rename(join(appsDir, name), `${appsDir}-${name}`);
    await until(async () => (await readiness(url)).status === 503, 'it says so');
    for (const name of ['first', 'second']) await rename(`${appsDir}-${name}`, join(appsDir, name));
    await until(async () => (await readiness(url)).status === 200, 'it is well again');
    expect((await app('first'))?.run).toEqual(first.run);
    expect((await app('second'))?.run).toEqual(second.run);
  });
});

/** A server as somebody else than root, whom no permission stops. */
async function serveAsNobody(dataDir: string, command: readonly string[] = []): Promise<ServeProcess> {
  const isRoot = process.getuid?.() === 0;
  const prefix = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env'];
  const [first = '', ...rest] = [...prefix, ...command, process.execPath];
  return runProcess(first, [...rest, '--import', import.meta.resolve('tsx'), MAIN, 'serve'], {
    ...{ DATA_DIR: dataDir, PORT: '0', TOEHOLD_PORTS: await freePorts(5), TOEHOLD_RESCAN_INTERVAL: '300ms' },
  });
}

async function makeNobodysDataDir(): Promise<{ path: string; appsDir: string }> {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', SERVE);
  if (process.getuid?.() === 0) for (const each of [path, appsDir]) await chown(each, 65_534, 65_534);
  return { path, appsDir };
}

describe('A20, B-24: APPS_DIR that may not be read', () => {
  test('at the start: the server is up and says so; readable again, the apps start', async () => {
    const { path, appsDir } = await makeNobodysDataDir();
    await chmod(appsDir, 0o000);
    onTestFinished(() => chmod(appsDir, 0o755));
    const server = await serveAsNobody(path);
    const url = await server.ready();
    const { status, problems } = await readiness(url);
    expect(status).toBe(503);
    expect(problems).toEqual([expect.stringMatching(/^APPS_DIR .* cannot be read: EACCES/)]);
    await chmod(appsDir, 0o755);
    await appIn(url, 'web', 'RUNNING');
    expect((await readiness(url)).status).toBe(200);
    server.child.kill('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });

  test.for([0o000, 0o444])('while apps run (mode %o): they run on', async (mode) => {
    const { path, appsDir } = await makeNobodysDataDir();
    onTestFinished(() => chmod(appsDir, 0o755));
    const server = await serveAsNobody(path);
    const url = await server.ready();
    const before = await appIn(url, 'web', 'RUNNING');
    await chmod(appsDir, mode);
    await until(async () => (await readiness(url)).status === 503, 'it says so');
    expect(await appIn(url, 'web', 'RUNNING')).toEqual(before);
    await chmod(appsDir, 0o755);
    await until(async () => (await readiness(url)).status === 200, 'it is well again');
    expect(await appIn(url, 'web', 'RUNNING')).toEqual(before);
    server.child.kill('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });
});

/** Without another user's namespace there is nothing to limit; where the system forbids one, this is not tried. */
const canLimit =
  spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 4 >/proc/sys/user/max_inotify_watches']).status === 0;

describe.skipIf(!canLimit)('B-24: the system gives no watches', () => {
  test.for([
    ['watches', 'max_inotify_watches'],
    ['instances', 'max_inotify_instances'],
  ] as const)(
    'no more inotify %s: apps are found by looking, and their lines are read',
    async ([, limit]) => {
      const { path, appsDir } = await makeDataDir();
      const script = `echo 0 >/proc/sys/user/${limit}; exec "$@"`;
      const command = [
        '-Ur',
        'sh',
        '-c',
        script,
        'sh',
        process.execPath,
        '--import',
        import.meta.resolve('tsx'),
      ];
      const server = runProcess('unshare', [...command, MAIN, 'serve'], {
        ...{ DATA_DIR: path, PORT: '0', TOEHOLD_PORTS: await freePorts(5), TOEHOLD_RESCAN_INTERVAL: '300ms' },
      });
      const url = await server.ready();
      await writeAppFolder(appsDir, 'web', SERVE);
      await appIn(url, 'web', 'RUNNING');
      await until(async () => {
        const { data } = await ask<{ logs: { nodes: { text: string }[] } }>(
          url,
          '{ logs { nodes { text } } }',
        );
        return data.logs.nodes.some(({ text }) => text.startsWith('listening on'));
      }, 'its lines are read');
      expect(server.stderr()).toContain('Files cannot be watched');
      server.child.kill('SIGTERM');
      expect(await server.ended).toEqual({ code: 0, signal: null });
    },
  );
});
