import { spawnSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostVariables, installVariables } from '../../../src/drivers/local/environment.ts';
import { createLocalHarness, type LocalDriverHarness } from '../../support/local-driver.ts';
import { program } from '../../support/programs.ts';

const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
const HOST = {
  PATH: `/srv/toehold/node_modules/.bin:/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin:${PATH}`,
  HOME: '/home/somebody',
  LANG: 'C.UTF-8',
  TOEHOLD_TOKEN: 'secret',
  TOEHOLD_RUN_ID: 'of an outer control plane',
  TOES_TOKEN: 'of an outer control plane',
  TOES_URL: 'http://localhost:1',
  HOST: '127.0.0.1',
  PORT: '3000',
  DATA_DIR: '/srv/data',
  APPS_DIR: '/elsewhere',
  STATE: 'named by the configuration',
  INIT_CWD: '/srv',
  npm_config_registry: 'http://registry',
  npm_lifecycle_event: 'start',
  npm_package_json: '/srv/toehold/package.json',
  SHARED: 'host',
};

let harness: LocalDriverHarness;

beforeEach(async () => {
  harness = await createLocalHarness({ hostEnvironment: HOST, controlPlaneVariables: ['STATE'] });
});

afterEach(() => harness.cleanup());

async function environmentOf(
  files: Record<string, string>,
  ofApp?: string,
): Promise<{ environment: Record<string, string>; cwd: string; releaseDirectory: string }> {
  const spec = await harness.spec(program('environment'), {
    files,
    variables: { PORT: '3007', NO_AUTOPORT: 'true', APPS_DIR: '/apps', TOES_URL: 'http://localhost:3000' },
  });
  if (ofApp !== undefined) await writeFile(join(spec.appDirectory, '.env'), ofApp);
  await harness.run(spec);
  expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 0 });
  const { stdout } = await harness.output(spec.run);
  return { ...JSON.parse(stdout), releaseDirectory: spec.releaseDirectory };
}

test("A10, B-31: an app gets the host's variables less the control plane's own and npm's, and over all the run's", async () => {
  const { environment, cwd, releaseDirectory } = await environmentOf({});
  // sh sets PWD and perhaps more for itself.
  const { PWD, OLDPWD, _, SHLVL, TOEHOLD_RUN_ID, ...rest } = environment;
  expect(rest).toEqual({
    PATH: `${releaseDirectory}/node_modules/.bin:${PATH}`,
    HOME: '/home/somebody',
    LANG: 'C.UTF-8',
    SHARED: 'host',
    PORT: '3007',
    NO_AUTOPORT: 'true',
    APPS_DIR: '/apps',
    TOES_URL: 'http://localhost:3000',
  });
  expect(TOEHOLD_RUN_ID).toMatch(new RegExp(`^${harness.markPrefix}-\\d+$`));
  expect(cwd).toBe(releaseDirectory);
});

test("A10: <app>/.env and current/.env are read, the later wins, and neither beats the run's own", async () => {
  const { environment } = await environmentOf(
    { '.env': 'SHARED="current"\nBOTH=current\nPORT=1\nTOEHOLD_RUN_ID=mine\nMULTI="a\\nb" # comment\n' },
    'BOTH=app\nONLY_APP=yes\nTOES_URL=http://elsewhere\n',
  );
  expect(environment).toMatchObject({
    SHARED: 'current',
    BOTH: 'current',
    ONLY_APP: 'yes',
    MULTI: 'a\nb',
    PORT: '3007',
    TOES_URL: 'http://localhost:3000',
  });
  expect(environment.TOEHOLD_RUN_ID).not.toBe('mine');
});

test.each([
  ['one command', (line: string) => line],
  ['a list of commands', (line: string) => `true && ${line}; exit 0`],
])('A10: names that a shell cannot export reach the app: %s', async (_, script) => {
  const odd = {
    'spring.datasource.url': 'jdbc:x?a=b',
    'my-key': "it's $HOME `id`",
    '1st': '',
    'a.b': 'two\nlines',
  };
  harness = await harness.successor({ hostEnvironment: { ...HOST, 'from.host': 'yes', '//reg/:_key': 'k' } });
  const files = {
    '.env': 'spring.datasource.url=jdbc:x?a=b\nmy-key="it\'s $HOME `id`"\n1st=\na.b="two\\nlines"\nPLAIN=1\n',
  };
  const spec = await harness.spec(script(program('environment')), { files });
  await harness.run(spec);
  expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 0 });
  const { environment } = JSON.parse((await harness.output(spec.run)).stdout);
  expect(environment).toMatchObject({ ...odd, 'from.host': 'yes', '//reg/:_key': 'k', PLAIN: '1' });
});

test('A10: .env is read anew at each start', async () => {
  const spec = await harness.spec(program('environment'), { files: { '.env': 'VALUE=one' } });
  await harness.run(spec);
  await harness.events.next(spec.run, 'ENDED');
  await writeFile(join(spec.releaseDirectory, '.env'), 'VALUE=two');
  const next = { ...spec, run: spec.run + 100_000, mark: `${spec.mark}b` };
  await harness.run(next);
  await harness.events.next(next.run, 'ENDED');
  expect(JSON.parse((await harness.output(next.run)).stdout).environment.VALUE).toBe('two');
});

test.each(['directory', 'FIFO'])(
  'a .env that is a %s is the app’s error, and nothing hangs',
  async (kind) => {
    const spec = await harness.spec('true');
    const path = join(spec.releaseDirectory, '.env');
    if (kind === 'FIFO') spawnSync('mkfifo', [path]);
    else await mkdir(path);
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'INSTALL_FAILED');
    expect(message).toContain(`${path} is not a file`);
  },
);

test('a .env of line feeds alone is read at once', async () => {
  const spec = await harness.spec(program('environment'), { files: { '.env': '\n'.repeat(262_144) } });
  await harness.run(spec);
  expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 0 });
});

test.each([
  ['larger than 256 KiB', `A=${'x'.repeat(262_143)}`, 'has more than 262144 bytes, and no more are taken'],
  ['with a NUL in a value', 'OPEN=1\nSECRET=hid\0den', ': SECRET has a NUL in its value; remove it'],
])('a .env %s is the app’s error, and shows no value', async (_, text, why) => {
  const spec = await harness.spec('true', { files: { '.env': text } });
  harness.driver.begin(spec);
  const { message } = await harness.events.next(spec.run, 'INSTALL_FAILED');
  expect(message.replace(join(spec.releaseDirectory, '.env'), '').trim()).toBe(why);
});

/** Its installation links the `.env` to a file outside. */
const INSTALLED_BY_LINKING = {
  ...{ name: 'app', version: '1.0.0', packageManager: 'npm@11.0.0', dependencies: { app: 'file:.' } },
  scripts: { toes: 'true', preinstall: 'ln -sf /etc/shadow ../.env' },
};

test('a .env is read once for an app that has nothing to install, and again after an installation', async () => {
  const files = {
    '.env': 'VALUE=before\n',
    'package.json': JSON.stringify({
      ...INSTALLED_BY_LINKING,
      scripts: { toes: 'true', preinstall: 'echo VALUE=after >.env' },
    }),
  };
  for (const install of [true, false]) {
    const spec = await harness.spec(program('environment'), { files, install });
    await harness.run(spec);
    await harness.events.next(spec.run, 'ENDED');
    const { stdout } = await harness.output(spec.run);
    expect(JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1)).environment.VALUE).toBe(
      install ? 'after' : 'before',
    );
  }
});

describe('a .env that leads out of APPS_DIR', () => {
  async function linked(outside: boolean) {
    const spec = await harness.spec(program('environment'));
    const target = join(harness.directory, outside ? 'secret' : 'apps/shared.env');
    await writeFile(target, 'SECRET=hidden\nroot:x:0:0\n');
    await symlink(target, join(spec.releaseDirectory, '.env'));
    return { spec, target };
  }

  test('is never read: the start fails, and says why', async () => {
    const { spec, target } = await linked(true);
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'INSTALL_FAILED');
    expect(message).toBe(
      `${join(spec.releaseDirectory, '.env')} leads out of APPS_DIR, to ${target}: put it there, or set TOEHOLD_ALLOW_OUTSIDE`,
    );
  });

  test('neither where the installation puts it there', async () => {
    const files = { 'package.json': JSON.stringify(INSTALLED_BY_LINKING) };
    const spec = await harness.spec('true', { files });
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'START_FAILED');
    expect(message).toContain('leads out of APPS_DIR, to /etc/shadow');
  });

  test('is read where the configuration allows it', async () => {
    const { spec } = await linked(true);
    harness = await harness.successor({ allowOutside: true });
    await harness.run(spec);
    await harness.events.next(spec.run, 'ENDED');
    expect(JSON.parse((await harness.output(spec.run)).stdout).environment.SECRET).toBe('hidden');
  });

  test('a symlink that stays there is read', async () => {
    const { spec } = await linked(false);
    await harness.run(spec);
    await harness.events.next(spec.run, 'ENDED');
    expect(JSON.parse((await harness.output(spec.run)).stdout).environment.SECRET).toBe('hidden');
  });
});

test('A10: in /proc, too, no process of an app has anything of the control plane’s', async () => {
  const { run } = await harness.run(await harness.spec(program('idle')));
  const { handle } = await harness.events.next(run, 'STARTED');
  const { shim } = handle.data as { shim: { pid: number } };
  const { pid } = await harness.driver.status(run);
  for (const one of [shim.pid, Number(pid)]) {
    const variables = (await readFile(`/proc/${one}/environ`, 'utf8')).split('\0');
    const names = variables.map((variable) => variable.split('=')[0]);
    expect(names.filter((name) => /^(TOE|npm_|INIT_CWD|STATE$|DATA_DIR|HOST$)/.test(name ?? ''))).toEqual([
      'TOEHOLD_RUN_ID',
    ]);
    expect(variables.join('\n')).not.toMatch(/secret|outer control plane/);
  }
});

test("A9: the release's own programs come first on PATH", async () => {
  const spec = await harness.spec('greet');
  const programs = join(spec.releaseDirectory, 'node_modules', '.bin');
  await mkdir(programs, { recursive: true });
  await writeFile(join(programs, 'greet'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
  await harness.run(spec);
  await harness.events.next(spec.run, 'ENDED');
  expect((await harness.output(spec.run)).stdout).toBe('hello\n');
});

describe('A10: variables of a package manager that runs the control plane', () => {
  const path = '/opt/tools/node_modules/.bin:/usr/bin';
  const runByNpm = { npm_lifecycle_event: 'start', npm_package_json: '/srv/toehold/package.json' };

  test('a PATH entry of the host’s own stays', () => {
    expect(hostVariables({ PATH: path })).toEqual({ PATH: path });
    expect(hostVariables({ ...runByNpm, PATH: path })).toEqual({ PATH: path });
    const added =
      '/srv/toehold/node_modules/.bin:/srv/node_modules/.bin:/node_modules/.bin:/npm/node-gyp-bin';
    expect(hostVariables({ ...runByNpm, PATH: `${added}:${path}` })).toEqual({ PATH: path });
  });

  test('options of the host’s own stay where none runs it', () => {
    const host = { PATH: path, npm_config_registry: 'http://registry', npm_config_prefix: '/opt' };
    expect(hostVariables(host)).toEqual(host);
    expect(installVariables(host)).toEqual(host);
  });

  test('where npm runs it, installations get the host’s options, and none that npm computes', () => {
    const computed = {
      npm_config_local_prefix: '/srv/toehold',
      npm_config_user_agent: 'npm',
      npm_config_noproxy: '',
    };
    const host = { ...runByNpm, ...computed, npm_execpath: '/npm', INIT_CWD: '/srv' };
    const options = { npm_config_registry: 'http://registry', npm_config_cafile: '/ca.pem' };
    expect(installVariables({ ...host, ...options })).toEqual(options);
    expect(hostVariables({ ...host, ...options })).toEqual({});
    // Yarn 1 sets them all, whatever the host had.
    expect(installVariables({ ...host, ...options, npm_config_argv: '{}' })).toEqual({});
  });
});

test('A8: installations get no NODE_ENV, so that devDependencies are installed', () => {
  expect(installVariables({ NODE_ENV: 'production', TZ: 'UTC' })).toEqual({ TZ: 'UTC' });
});
