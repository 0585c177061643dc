import { once } from 'node:events';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { program } from '../../support/programs.ts';
import { toehold } from '../../support/serve.ts';
import { sharedServer } from '../../support/whole-server.ts';
import { leadingTo, run as runWith } from '../servers/running.ts';

const RELEASES = ['20260101-120000', '20260102-120000'];

const server = sharedServer({
  before: async ({ addApp, appsDir }) => {
    await addApp('web', {});
    await addApp('printer', {
      script: String.raw`echo plain; printf '\033[31mred\n' >&2`,
      toes: { port: false },
    });
    for (const release of RELEASES) {
      await mkdir(join(appsDir, 'released', release), { recursive: true });
      const manifest = { scripts: { toes: program('serve') }, toes: { icon: '📦' } };
      await writeFile(join(appsDir, 'released', release, 'package.json'), JSON.stringify(manifest));
    }
    await symlink(RELEASES[0] ?? '', join(appsDir, 'released', 'current'));
  },
});

const run = (...args: string[]) => runWith(args, leadingTo(server()));

describe('ls', () => {
  test('is plain text in a pipe, with a line for each app', async () => {
    const web = await server().waitForState('web', 'RUNNING');
    const { code, stdout, stderr } = await run('ls');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('\x1b');
    expect(stdout.split('\n')[0]).toMatch(/^ +NAME +STATE +URL +UPTIME +RESTARTS +CPU +MEMORY/);
    expect(stdout).toMatch(new RegExp(`web +RUNNING +${web.url} +\\d+\\w+ .* \\d+\\.\\d% +\\d`));
  });

  test('--json prints the apps as the API returns them', async () => {
    const { stdout } = await run('ls', '--json');
    const apps = JSON.parse(stdout) as { name: string }[];
    expect(apps.map(({ name }) => name)).toEqual(['bystander', 'printer', 'released', 'web']);
    expect(apps[3]).toMatchObject({ name: 'web', state: 'RUNNING', run: { phase: 'READY' } });
  });

  test('names choose apps, and a word of PM2 does the same', async () => {
    const [ls, ps, wrong] = await Promise.all([
      run('ls', 'web', '--json'),
      run('ps', 'web', '--json'),
      run('ls', 'wbe'),
    ]);
    for (const { stdout } of [ls, ps]) expect(JSON.parse(stdout)).toMatchObject([{ name: 'web' }]);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('Did you mean web?')]);
    expect((await run('__complete', '--', 'tail', 'w')).stdout).toBe('web\t\n');
  });

  test('--watch prints a line for each change', async () => {
    const watch = toehold(['ls', '--watch', '--json'], leadingTo(server()));
    await watch.ready();
    await server().ask('mutation { setAppIcon(input: { app: { name: "web" }, icon: "🦊" }) { __typename } }');
    const told = (): { name: string; icon: string }[] =>
      watch
        .stdout()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    await expect.poll(() => told().at(-1), { timeout: 20_000 }).toMatchObject({ name: 'web', icon: '🦊' });
    watch.child.kill('SIGINT');
    expect((await watch.ended).code).toBe(130);
  });

  test('FORCE_COLOR and NO_COLOR turn colors on and off', async () => {
    const env = leadingTo(server());
    const [forced, none] = await Promise.all([
      runWith(['ls'], { ...env, FORCE_COLOR: '1' }),
      runWith(['ls'], { ...env, NO_COLOR: '1' }),
    ]);
    expect(forced.stdout).toContain('\x1b[32mRUNNING\x1b[39m');
    expect(none.stdout).not.toContain('\x1b');
  });
});

test('status shows an app in detail, with its last exit and its last lines', async () => {
  await server().waitForLine('printer', 'Stopped');
  const { code, stdout } = await run('status', 'printer');
  expect(code).toBe(0);
  expect(stdout).toMatch(/printer {2}STOPPED/);
  expect(stdout).toMatch(/Last exit +ended by itself \(code 0\), \d+s ago/);
  expect(stdout).toMatch(/Last lines:\n(.*\n)*.* plain\n/);
});

describe('logs', () => {
  test('of one app in a pipe are its unchanged lines', async () => {
    await server().waitForLine('printer', 'Stopped');
    const { stdout } = await run('logs', 'printer', '--stream', 'stdout', '--stream', 'stderr');
    expect(stdout.split('\n').sort()).toEqual(['', '\x1b[31mred', 'plain'].sort());
  });

  test('of several apps have their names; --grep and -n select', async () => {
    const { stdout } = await run('logs', '--grep', 'plain', '-n', 'all', '-t');
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d printer {3}\| plain\n$/);
    expect((await run('logs', '-n', '0')).stdout).toBe('');
    const [err, stream] = await Promise.all([
      run('logs', 'printer', '--err'),
      run('logs', 'printer', '--stream', 'stderr'),
    ]);
    expect(err.stdout).toBe(stream.stdout);
    expect(err.stdout).toContain('red');
    expect(err.stdout).not.toContain('plain');
    expect((await run('logs', '--until', '1h')).stdout).toBe('');
  });

  test('--json prints an object on each line', async () => {
    const { stdout } = await run('logs', 'printer', '--json', '--since', '1h');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({
        text: 'plain',
        stream: 'STDOUT',
        app: { id: expect.any(String), name: 'printer' },
      }),
    );
  });

  test('a reader that closes the pipe ends them without an error', async () => {
    const command = toehold(['logs', '-f', 'printer'], leadingTo(server()));
    await command.ready();
    command.child.stdout.destroy();
    await server().command('startApp', 'printer');
    expect(await command.ended).toEqual({ code: 0, signal: null });
    expect(command.stderr()).toBe('');
  });
});

describe('commands that change apps', () => {
  test('start, stop, and restart wait with --wait, and report each step', { timeout: 60_000 }, async () => {
    const stopped = await run('stop', '--wait', 'web');
    expect([stopped.code, stopped.stdout]).toEqual([0, expect.stringContaining('web  STOPPED')]);
    const started = await run('start', '--wait', 'web');
    expect([started.code, started.stdout]).toEqual([0, expect.stringContaining('web  RUNNING  http://')]);
    expect(started.stderr).toContain('web: ');
    expect((await run('restart', 'web', 'released', '--json')).stdout.trim().split('\n')).toHaveLength(2);
    await server().waitForState('web', 'RUNNING');
  });

  test('a command finishes its work when its reader has gone', { timeout: 60_000 }, async () => {
    await server().addApp('third', {});
    const names = ['web', 'released', 'third'];
    await Promise.all(names.map((name) => server().waitForState(name, 'RUNNING')));
    // With --wait one after the other, each with a line.
    const stop = toehold(['stop', '--wait', ...names], leadingTo(server()));
    stop.child.stdout.destroy();
    expect(await stop.ended).toEqual({ code: 0, signal: null });
    for (const name of names) {
      expect((await server().app(name))?.state).toBe('STOPPED');
      await server().command('startApp', name);
    }
    await server().command('removeApp', 'third');
  });

  test('start --all starts every app; without --all, apps must be named', { timeout: 60_000 }, async () => {
    const [all, none, both] = await Promise.all([
      run('start', '--all', '--json'),
      run('start'),
      run('start', '--all', 'web'),
    ]);
    const names = all.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).name);
    expect([all.code, names]).toEqual([0, expect.arrayContaining(['printer', 'released', 'web'])]);
    expect(names).toEqual(names.toSorted());
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--all')]);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('not both')]);
    const asInPm2 = await run('restart', 'all');
    expect([asInPm2.code, asInPm2.stderr]).toEqual([1, expect.stringContaining('--all means every app')]);
  });

  test('a failed start prints the reason and the last lines, and exits with 1', async () => {
    await server().addApp('broken', { script: 'echo no configuration >&2; exit 7' });
    await server().waitForApp('broken', 'is there', Boolean);
    const { code, stdout, stderr } = await run('restart', '--wait', 'broken');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('no configuration');
    expect(stderr).toMatch(/toehold: broken: .*7/);
    await server().command('removeApp', 'broken');
  });

  test('icon and rename print the changed app', async () => {
    expect((await run('icon', 'web', '🐙')).stdout).toContain('🐙 web');
    expect((await run('icon', 'web', '--default')).stdout).toContain('🖥️ web');
    expect((await run('rename', 'printer', 'press')).stdout).toContain('press');
    expect((await server().rename('press', 'printer')).__typename).toBe('RenameAppSuccess');
  });

  test('releases are listed and activated', { timeout: 60_000 }, async () => {
    const [list, wrong] = await Promise.all([
      run('releases', 'released'),
      run('activate', 'released', '20260102-12000'),
    ]);
    expect(list.stdout).toMatch(/20260102-120000 +.*\n20260101-120000 +yes/);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('Did you mean 20260102-120000')]);
    const active = await run('activate', 'released', '20260102-120000');
    expect([active.code, active.stdout]).toEqual([0, expect.stringContaining('📦 released  RUNNING')]);
    const back = await run('rollback', 'released');
    expect([back.code, back.stdout]).toEqual([0, expect.stringContaining('📦 released  RUNNING')]);
    expect((await run('releases', 'released')).stdout).toMatch(/20260101-120000 +yes/);
    const [oldest, plain] = await Promise.all([run('rollback', 'released'), run('rollback', 'web')]);
    expect([oldest.code, oldest.stderr]).toEqual([1, expect.stringContaining('no release is older')]);
    expect([plain.code, plain.stderr]).toEqual([1, expect.stringContaining('not one of its releases')]);
  });

  test('activate waits, and exits with 1 if the app went back', { timeout: 60_000 }, async () => {
    const release = join(server().appsDir, 'released', '20260103-120000');
    await mkdir(release);
    await writeFile(
      join(release, 'package.json'),
      JSON.stringify({ scripts: { toes: 'echo no code; exit 3' } }),
    );
    const failed = await run('activate', 'released', '20260103-120000');
    expect([failed.code, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toMatch(/no code\n(.*\n)*toehold: released: .*went back to 20260101-120000\n$/);
    const accepted = await run('activate', '--no-wait', 'released', '20260102-120000');
    expect(accepted.code).toBe(0);
    await server().waitForState('released', 'RUNNING');
    await rm(release, { recursive: true });
  });

  test('ports lists the ports, and refuses a port that is not a number', async () => {
    await server().waitForState('web', 'RUNNING');
    const [ports, wrong] = await Promise.all([run('ports'), run('ports', 'web', 'http')]);
    expect(ports.stdout).toMatch(/\d+ +web +BOUND/);
    expect(ports.stdout).toMatch(/Ports \d+ to \d+: \d+ assigned, \d+ free\n$/);
    expect(wrong.code).toBe(2);
  });

  test('rm does not ask without a terminal', async () => {
    await server().addApp('doomed', { toes: { port: false } });
    await server().waitForApp('doomed', 'is there', Boolean);
    const asked = await run('rm', 'doomed');
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('add --yes')]);
    expect(await server().app('doomed')).not.toBeNull();
    expect((await run('rm', '--yes', 'doomed')).code).toBe(0);
    expect(await server().app('doomed')).toBeNull();
  });

  test('audit lists all of that', async () => {
    await run('stop', 'nobody');
    const { stdout } = await run('audit', '--json', '-n', '1');
    expect(JSON.parse(stdout)).toMatchObject({ action: 'stopApp', outcome: 'APP_NOT_FOUND', role: 'ADMIN' });
    expect((await run('audit', '-n', '1')).stdout).toMatch(/ADMIN +stopApp +APP_NOT_FOUND +nobody\n$/);
    // By id, as a dashboard does.
    await server().addApp('short-lived', { toes: { port: false } });
    const { id } = await server().waitForApp('short-lived', 'is there', Boolean);
    await server().ask(`mutation { removeApp(input: { app: { id: "${id}" } }) { __typename } }`);
    expect((await run('audit', '-n', '1')).stdout).toMatch(/removeApp +OK +short-lived\n$/);
  });
});

test('events are lines, or objects', async () => {
  const { stdout } = await run('events', 'web', '-n', '3');
  expect(stdout.trim().split('\n')).toHaveLength(3);
  const objects = (await run('events', '--json', '-n', 'all', 'web')).stdout.trim().split('\n');
  expect(JSON.parse(objects[0] ?? '')).toMatchObject({ __typename: 'AppAddedEvent', appName: 'web' });
});

test('open with an app prints its address, and refuses an app that has none', async () => {
  const { url } = await server().waitForState('web', 'RUNNING');
  expect(await run('open', 'web')).toEqual({ code: 0, stdout: `${url}\n`, stderr: '' });
  const [worker, wrong, both] = await Promise.all([
    run('open', 'printer'),
    run('open', 'wbe'),
    run('open', 'web', '--role', 'VIEWER'),
  ]);
  expect([worker.code, worker.stderr]).toEqual([
    1,
    expect.stringContaining('printer has no address: it is STOPPED'),
  ]);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('Did you mean web?')]);
  expect(both.code).toBe(2);
});

test('times are local for a person, and ISO 8601 with --json', async () => {
  const LOCAL = /(?<!\d)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?!\d)/;
  for (const args of [
    ['events', '-n', '1'],
    ['logs', '-t', '-n', '1'],
    ['audit', '-n', '1'],
    ['releases', 'released'],
    ['status', 'web'],
  ]) {
    const [text, json] = await Promise.all([run(...args), run(...args, '--json')]);
    expect(text.stdout).toMatch(LOCAL);
    expect(text.stdout).not.toMatch(/\dT\d/);
    expect(json.stdout).toMatch(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/);
    expect(json.stdout).not.toMatch(LOCAL);
  }
});

test('open prints a link that works once', async () => {
  const { stdout } = await run('open', '--role', 'VIEWER');
  expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login\?once=\S+\n$/);
  const { searchParams } = new URL(stdout.trim());
  const body = JSON.stringify({ once: searchParams.get('once') });
  const login = () =>
    fetch(`${server().url}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(await (await login()).json()).toMatchObject({ role: 'VIEWER' });
  expect((await login()).ok).toBe(false);
});

test('open prints a link with the address that it used itself, through a proxy or a tunnel', async () => {
  const proxy = createServer((request, response) => {
    const headers = { ...request.headers, host: new URL(server().url).host };
    const { method = '', url = '' } = request;
    const passed = ask(new URL(url, server().url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  await once(proxy, 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { stdout, stderr } = await run('open', '--url', url, '--token', server().token);
  expect(stderr).toBe('');
  expect(stdout).toMatch(`${url}/login?once=`);
});

describe('a refusal of the server exits with 1', () => {
  test('an unknown app, with a similar name', async () => {
    const commands = [
      ['status', 'wbe'],
      ['logs', 'wbe'],
      ['stop', 'wbe'],
      ['rm', '-y', 'wbe'],
    ];
    for (const ended of await Promise.all(commands.map((args) => run(...args)))) {
      expect(ended).toEqual({
        code: 1,
        stdout: '',
        stderr: 'toehold: no app is called "wbe"\nDid you mean web?\n',
      });
    }
  });

  test('an invalid token, or one with too low a role', async () => {
    const { url } = server();
    const nobody = await runWith(['ls'], leadingTo({ url, token: `toe_aaaaaaaaaa_${'a'.repeat(43)}` }));
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('toehold token create')]);
    const { createToken } = await server().ask<{ createToken: { text: string } }>(
      'mutation { createToken(input: { name: "eye", role: VIEWER }) { ... on CreateTokenSuccess { text } } }',
    );
    const viewer = await runWith(['stop', 'web'], leadingTo({ url, token: createToken.text }));
    expect([viewer.code, viewer.stderr]).toEqual([1, expect.stringContaining('FORBIDDEN')]);
  });
});

test('A5: grant gives an app the role that it asks for, status shows it, and --remove removes it', async () => {
  await server().addApp('asking', { script: program('serve'), toes: { api: 'operator' } });
  await server().waitForState('asking', 'RUNNING');
  expect((await run('status', 'asking')).stdout).toContain('asks for operator, no grant, can have viewer');
  const granted = await run('grant', 'asking', 'operator');
  expect(granted).toMatchObject({
    code: 0,
    stdout: 'asking: asks for operator, granted operator, can have operator\n',
  });
  const removed = await run('grant', 'asking', '--remove', '--json');
  expect(JSON.parse(removed.stdout)).toMatchObject({
    access: { requested: 'OPERATOR', granted: null, allowed: 'VIEWER', effective: 'VIEWER' },
  });
  for (const wrong of [['asking'], ['asking', 'admin'], ['asking', 'viewer', '--remove']]) {
    expect((await run('grant', ...wrong)).code).toBe(2);
  }
  await server().command('removeApp', 'asking');
});
