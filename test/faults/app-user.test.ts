import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { makeDataDir, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';
import { sharedServer, type WholeServer } from '../support/whole-server.ts';

const isRoot = process.getuid?.() === 0;
const USER = 'nobody';
const WORKER = { port: false };

async function refusal(setting: string): Promise<string> {
  const { path } = await makeDataDir();
  const server = await serve({ dataDir: path, env: { TOEHOLD_APP_USER: setting } });
  expect(await server.ended).toEqual({ code: 2, signal: null });
  expect(await readdir(path)).toEqual(['apps']);
  return server.stderr();
}

test('a user whom nobody knows, or whom only root may name: one line, exit 2, and nothing was touched', async () => {
  const said = await refusal(isRoot ? 'nosuchuser' : USER);
  expect(said).toMatch(isRoot ? /there is no such user/ : /only root can run apps as another user/);
  expect(said.trim().split('\n')).toHaveLength(1);
});

test('root is warned, and nobody else is', async () => {
  const { path } = await makeDataDir();
  const server = await serve({ dataDir: path });
  await server.ready();
  expect(server.stderr().includes('Apps run as root')).toBe(isRoot);
  server.child.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});

describe.runIf(isRoot)('apps that run as a user of their own', () => {
  const server = sharedServer({
    env: { TOEHOLD_APP_USER: USER, TOEHOLD_HEALTH_INTERVAL: '200ms' },
    // As /srv is: everybody may pass.
    before: ({ directory }) => chmod(directory, 0o711),
  });
  const uid = isRoot ? Number(execFileSync('id', ['-u', USER], { encoding: 'utf8' })) : 0;

  async function addOwned(name: string, options: Parameters<WholeServer['addApp']>[1]): Promise<string> {
    const release = await server().addApp(name, options);
    execFileSync('chown', ['-R', USER, join(server().appsDir, name)]);
    return release;
  }

  async function uidOf(pid: number | null | undefined): Promise<number> {
    return Number(/^Uid:\t(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
  }

  test('a server runs as the user, is healthy, is taken over, and ends with grace', async () => {
    const { waitForApp, waitForState, restart, command, runs } = server();
    await addOwned('web', { script: program('serve') });
    const app = await waitForApp('web', 'is healthy', ({ health }) => health === 'HEALTHY');
    expect(await uidOf(app.run?.pid)).toBe(uid);
    expect(await (await fetch(new URL('/env/USER', app.url ?? ''))).text()).toContain(USER);
    await restart('detach');
    const again = await waitForState('web', 'RUNNING');
    expect(again.run).toMatchObject({ id: app.run?.id, pid: app.run?.pid, recoveries: 1 });
    expect((await command('stopApp', 'web')).__typename).toBe('StopAppSuccess');
    expect((await runs('web'))[0]?.exit).toMatchObject({ signal: 'SIGTERM', reason: 'STOPPED' });
  });

  test('what ignores SIGTERM is killed, and what crashes is started again', async () => {
    const { command, runs, waitForState, waitForApp } = server();
    await addOwned('stubborn', { script: program('serve', '--on-term', 'ignore') });
    await waitForState('stubborn', 'RUNNING');
    await command('stopApp', 'stubborn');
    expect((await runs('stubborn'))[0]?.exit).toMatchObject({ signal: 'SIGKILL' });
    await addOwned('crashing', { script: 'exit 3', toes: WORKER });
    await waitForApp(
      'crashing',
      'was started again',
      ({ run, restart }) => (restart?.attempt ?? 0) > 1 || run,
    );
    await until(async () => (await runs('crashing')).length > 1, 'it was started again');
    expect((await runs('crashing')).at(-1)?.exit).toMatchObject({ code: 3, reason: 'EXITED' });
    await command('stopApp', 'crashing');
  });

  test('its output is its own, /dev/stderr may be opened, and nothing of the state directory may', async () => {
    const { stateDir, waitForLine, command, waitForState } = server();
    const attack = [stateDir, join(stateDir, 'runs'), join(stateDir, 'runs', '1')].map(
      (path) => `ls ${path}`,
    );
    const reads = ['token', 'toehold.db', 'runs/1/stdout.log', 'runs/1/meta.json'].map(
      (name) => `cat ${stateDir}/${name} /proc/$PPID/cwd/../../../.toehold/${name}`,
    );
    const script = `echo x > /dev/stderr; ${[...attack, ...reads].join('; ')}; touch ${stateDir}/new; echo done; sleep 1000`;
    await addOwned('curious', { script, toes: WORKER });
    const lines = await waitForLine('curious', 'done');
    await waitForState('curious', 'RUNNING');
    expect(lines).toContain('x');
    const others = lines.filter((line) => line !== 'x' && line !== 'done' && line !== 'Starting...');
    expect(others.length).toBeGreaterThanOrEqual(12);
    for (const line of others) expect(line).toMatch(/Permission denied|No such file/);
    await command('stopApp', 'curious');
  });

  test('all of the state directory is root’s and nobody else’s to read, but spools, which are the user’s', async () => {
    const { stateDir } = server();
    for (const name of ['', ...(await readdir(stateDir, { recursive: true }))]) {
      const stats = await lstat(join(stateDir, name));
      expect([name, stats.mode & 0o077]).toEqual([name, 0]);
      expect([name, stats.uid]).toEqual([name, /\/std(out|err)\.log$/.test(name) ? uid : 0]);
    }
  });

  test.each([
    ['.env of the app', '.env', '../.env'],
    ['.env of the release', '.env', '.env'],
  ])('a %s that leads to what only root may read is never read', async (_, _name, place) => {
    const { waitForApp, command, lines } = server();
    const name = place === '.env' ? 'shadow-release' : 'shadow-app';
    const release = await addOwned(name, { script: 'env; sleep 1000', toes: WORKER });
    await waitForApp(name, 'runs', ({ state }) => state === 'RUNNING');
    await command('stopApp', name);
    await symlink('/etc/shadow', join(release, place));
    await command('startApp', name, false);
    const { error } = await waitForApp(name, 'backs off', ({ restart }) => restart !== null);
    expect(error).toContain('leads out of APPS_DIR, to /etc/shadow');
    expect(`${error}\n${(await lines(name)).join('\n')}`).not.toMatch(/root:[$*!]/);
    await command('stopApp', name);
  });

  test('a package.json that leads there makes the app INVALID, and nothing of it is told', async () => {
    const { appsDir, waitForState } = server();
    await mkdir(join(appsDir, 'shadow', 'current'), { recursive: true });
    await symlink('/etc/shadow', join(appsDir, 'shadow', 'current', 'package.json'));
    const { error } = await waitForState('shadow', 'INVALID');
    expect(error).toContain('package.json leads out of APPS_DIR, to /etc/shadow');
    expect(error).not.toContain('root:');
  });

  test('a release that the user may not write cannot be installed, and the app says why', async () => {
    const { appsDir, waitForApp, command } = server();
    const manifest = {
      ...{ scripts: { toes: 'sleep 1000' }, toes: WORKER, packageManager: 'npm@11.0.0' },
      dependencies: { left: 'file:.' },
    };
    await mkdir(join(appsDir, 'rigid', 'current'), { recursive: true });
    await writeFile(join(appsDir, 'rigid', 'current', 'package.json'), JSON.stringify(manifest));
    const { error } = await waitForApp('rigid', 'backs off', ({ restart }) => restart !== null);
    expect(error).toMatch(
      /nobody, as whom apps run \(TOEHOLD_APP_USER\), may not write it: give it to that user/,
    );
    await command('removeApp', 'rigid');
  });
});
