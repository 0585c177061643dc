import { chmod, mkdir, mkdtemp, open, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { settingsInForce } from '../../../src/cli/servers/running-settings.ts';
import { type ServerEntry, writeServerFile } from '../../../src/cli/servers/state-files.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import { ownIdentity } from '../../../src/host/process-identity.ts';
import { makeDataDir, serve } from '../../support/serve.ts';
import { run } from './running.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'toehold-')));
  onTestFinished(() => rm(dataDir, { recursive: true }));
});

const SETTINGS: ServerEntry['settings'] = {
  ...{ appsDir: '/srv/apps', ports: { min: 4000, max: 4100 } },
  ...{ allowOutside: true, appUser: 'www-data', appApi: 'OPERATOR' },
  tokenFile: '/srv/secret/token',
};

/** The files of a server that answers in this process. */
async function claim(change: object): Promise<ServerEntry> {
  const http = createServer((_, response) => response.end(JSON.stringify({ instance: 'mine' })));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const stateDir = join(dataDir, '.toehold');
  await mkdir(stateDir, { mode: 0o700 });
  // A server keeps it open as long as it runs.
  const lock = await open(join(stateDir, 'lock.db'), 'w');
  onTestFinished(() => lock.close());
  const entry = { url, pid: process.pid, ...ownIdentity(), instanceId: 'mine', version: '1.2.3' };
  const whole = { ...entry, settings: SETTINGS, ...change };
  await writeServerFile(stateDir, whole);
  return whole;
}

function ofShell(flags: { readonly appsDir?: string } = {}): Config {
  const env = { APPS_DIR: '/of/the/shell', TOEHOLD_PORTS: '5000-5001' };
  const loaded = loadConfig({ env, flags: { dataDir, ...flags } });
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.config;
}

describe('the settings of commands for files', () => {
  test('are those of the running server, and of flags', async () => {
    const { url } = await claim({});
    const port = Number(new URL(url).port);
    expect(await settingsInForce(ofShell(), { dataDir })).toMatchObject({ ...SETTINGS, port, dataDir });
    const flags = { dataDir, appsDir: '/of/a/flag' };
    expect(await settingsInForce(ofShell({ appsDir: '/of/a/flag' }), flags)).toMatchObject({
      ...{ appsDir: '/of/a/flag', ports: { min: 4000, max: 4100 } },
    });
  });

  test('are the shell’s if the server’s version wrote none', async () => {
    await claim({ settings: undefined });
    expect(await settingsInForce(ofShell(), { dataDir })).toMatchObject({ appsDir: '/of/the/shell' });
  });

  test.each([
    ['a relative path', { ...SETTINGS, appsDir: 'apps' }],
    ['a relative token file', { ...SETTINGS, tokenFile: 'token' }],
    ['a port that is none', { ...SETTINGS, ports: { min: 0, max: 70_000 } }],
    ['a role that no app has', { ...SETTINGS, appApi: 'ADMIN' }],
    ['no object', 'apps'],
    ['null', null],
  ])('are the shell’s if they are %s', async (_, settings) => {
    await claim({ settings });
    expect(await settingsInForce(ofShell(), { dataDir })).toEqual(ofShell());
  });

  test('are the shell’s if others could have written the file', async () => {
    await claim({});
    await chmod(join(dataDir, '.toehold'), 0o777);
    expect(await settingsInForce(ofShell(), { dataDir })).toEqual(ofShell());
  });

  test('are the shell’s if no server runs', async () => {
    expect(await settingsInForce(ofShell(), { dataDir })).toEqual(ofShell());
    await claim({ pid: 999_999_999 });
    expect(await settingsInForce(ofShell(), { dataDir })).toEqual(ofShell());
  });
});

test('new and doctor find the only server of this user from an empty directory', async () => {
  const { path } = await makeDataDir();
  const elsewhere = await realpath(path);
  await mkdir(join(elsewhere, 'empty'));
  const appsDir = join(elsewhere, 'my-apps');
  await mkdir(appsDir);
  const env = { XDG_STATE_HOME: join(elsewhere, '.state') };
  const server = await serve({ dataDir: path, env: { ...env, APPS_DIR: appsDir } });
  const url = await server.ready();
  const made = await run(['new', 'blog', '--json'], env, join(elsewhere, 'empty'));
  expect(JSON.parse(made.stdout)).toEqual({ name: 'blog', path: join(appsDir, 'blog/current') });

  // With the defaults of the shell, another program would hold the port of the server.
  const shell = { ...env, PORT: new URL(url).port };
  async function doctorIn(directory: string, more: Record<string, string> = {}) {
    const { stdout } = await run(['doctor', '--json'], { ...shell, ...more }, directory);
    const findings: { check: string; status: string; found: string; advice: string | null }[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return (name: string) => findings.filter(({ check }) => check === name);
  }
  // As every client command does, also where there is an apps directory: `new` makes an app in that one.
  await mkdir(join(elsewhere, 'project/apps'), { recursive: true });
  for (const directory of ['empty', 'project']) {
    const of = await doctorIn(join(elsewhere, directory));
    expect(of('apps')).toMatchObject([
      { status: 'ok', found: `1 apps in ${appsDir}, and all of them can start` },
    ]);
    expect(of('ports').filter(({ status }) => status === 'problem')).toEqual([]);
    expect(of('server')).toMatchObject([{ status: 'ok', found: expect.stringContaining('and is ready') }]);
  }
  const inProject = await run(['new', 'here', '--json'], env, join(elsewhere, 'project'));
  expect(JSON.parse(inProject.stdout).path).toBe(join(elsewhere, 'project/apps/here/current'));

  // For another data directory, doctor does not examine this server, and does not advise to end it.
  const of = await doctorIn(elsewhere, { DATA_DIR: join(elsewhere, 'project') });
  expect(of('server')).toMatchObject([
    { status: 'ok', found: expect.stringContaining(`run on ${path} (${url})`) },
  ]);
  expect(of('ports')).toMatchObject([
    {
      status: 'warning',
      found: `PORT ${shell.PORT} is used by another server of yours, of ${path}`,
      advice: expect.stringMatching(/^Examine that server with (npx )?toehold doctor --data-dir/),
    },
  ]);
});
