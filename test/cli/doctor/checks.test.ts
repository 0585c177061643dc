import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openStores } from '../../../db/index.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { apps } from '../../../src/cli/doctor/apps.ts';
import { environment } from '../../../src/cli/doctor/environment.ts';
import { permissions } from '../../../src/cli/doctor/files.ts';
import type { Check } from '../../../src/cli/doctor/finding.ts';
import { logs } from '../../../src/cli/doctor/logs.ts';
import { ports } from '../../../src/cli/doctor/ports.ts';
import { HIGHEST_NODE, LOWEST_NODE, node, programs, sqlite } from '../../../src/cli/doctor/programs.ts';
import { server } from '../../../src/cli/doctor/server.ts';
import { containment, disk, holes, inotify } from '../../../src/cli/doctor/system.ts';
import { writeServerFile } from '../../../src/cli/servers/state-files.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import { NEW_LIFECYCLE } from '../../../src/core/lifecycle.ts';
import { createPlatform } from '../../../src/drivers/local/platform.ts';
import { ownCommand } from '../../../src/host/own-command.ts';
import { anApp, anEndedRun, LIFECYCLE } from '../../db/rows.ts';
import { writeAppFolder } from '../../support/app-folder.ts';
import { freePorts } from '../../support/free-ports.ts';
import { startServer } from '../../support/whole-server.ts';

/** How messages name this program here. */
const OWN = ownCommand(process.env.PATH);

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toehold-doctor-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'apps'));
});

function configOf(env: Readonly<Record<string, string>> = {}): Config {
  const loaded = loadConfig({ env: { DATA_DIR: directory, ...env }, cwd: directory });
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.config;
}

/** The findings of a check that are not `ok`. */
async function faultsOf(check: Check, config: Config = configOf()) {
  return (await check.run(config)).filter(({ status }) => status !== 'ok');
}

test.each([[node], [sqlite], [programs], [server], [disk], [holes], [inotify], [environment], [apps]])(
  'finds nothing wrong on the machine of the tests: $name',
  async (check) => {
    expect(await faultsOf(check)).toEqual([]);
    expect(await check.run(configOf())).not.toEqual([]);
  },
);

test('engines in package.json names the versions of Node that doctor treats as tested', () => {
  const [major, minor] = LOWEST_NODE;
  expect(manifest.engines.node).toBe(`>=${major}.${minor} <${HIGHEST_NODE + 1}`);
});

test('a package manager that does not answer does not block the check', { timeout: 20_000 }, async () => {
  const path = process.env.PATH;
  onTestFinished(() => {
    process.env.PATH = path;
  });
  process.env.PATH = `${directory}:${path}`;
  // As Corepack does without a network. `exec` leaves no process behind.
  await writeFile(join(directory, 'yarn'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const [found] = await programs.run(configOf());
  expect(found).toMatchObject({ status: 'ok', found: expect.stringMatching(/npm \d/) });
  expect(found?.found).not.toContain('yarn');
});

describe('the database', () => {
  test('is not damaged, also while a server uses it', async () => {
    const config = configOf();
    await mkdir(config.stateDir, { mode: 0o700 });
    const stores = openStores(join(config.stateDir, 'toehold.db'), { now: Date.now });
    onTestFinished(() => stores.close());
    expect(await sqlite.run(config)).toMatchObject([
      { status: 'ok', found: expect.stringContaining('is not damaged') },
    ]);
  });

  test('is reported as damaged, and not changed', async () => {
    const config = configOf();
    await mkdir(config.stateDir, { mode: 0o700 });
    await writeFile(join(config.stateDir, 'toehold.db'), 'no database');
    expect(await faultsOf(sqlite, config)).toMatchObject([
      { status: 'problem', found: expect.stringContaining('is not a SQLite database') },
    ]);
  });
});

describe('ports', () => {
  test('a foreign process on a port of the range or of the server is named', async () => {
    const range = await freePorts(4);
    const min = Number(range.split('-')[0]);
    const config = configOf({ TOEHOLD_PORTS: `${min + 1}-${min + 3}`, PORT: `${min}` });
    expect(await faultsOf(ports, config)).toEqual([]);
    for (const port of [min, min + 2]) {
      const holder = createServer();
      await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
      onTestFinished(() => new Promise((resolve) => holder.close(() => resolve())));
    }
    expect(await faultsOf(ports, config)).toMatchObject([
      { status: 'problem', found: expect.stringMatching(`PORT ${min}.*pid ${process.pid}`) },
      { status: 'warning', found: expect.stringMatching(`${min + 2} by .*pid ${process.pid}`) },
    ]);
  });

  test('apps and their server are no foreign processes', async () => {
    const whole = await startServer();
    const { min, max } = whole.range;
    const config = configOf({ DATA_DIR: whole.directory, TOEHOLD_PORTS: `${min}-${max}` });
    expect(await faultsOf(ports, config)).toEqual([]);
  });
});

describe('the server', () => {
  test('runs and is ready; a missing server is reported, and so is another program in its place', async () => {
    const whole = await startServer({ bystander: false });
    const config = configOf();
    await mkdir(config.stateDir, { mode: 0o700 });
    const entry = {
      ...{ url: whole.url, pid: process.pid, startTime: null, bootId: null },
      instanceId: whole.control.instanceId,
    };
    await writeServerFile(config.stateDir, entry);
    // A server keeps it open as long as it runs.
    const lock = await open(join(config.stateDir, 'lock.db'), 'w');
    onTestFinished(() => lock.close());
    expect(await server.run(config)).toMatchObject([
      { status: 'ok', found: expect.stringContaining('is ready') },
    ]);
    await writeServerFile(config.stateDir, { ...entry, instanceId: 'another' });
    expect(await faultsOf(server, config)).toMatchObject([{ status: 'problem' }]);
    await writeServerFile(config.stateDir, { ...entry, version: '0.0.1' });
    expect(await faultsOf(server, config)).toMatchObject([
      {
        status: 'warning',
        found: `The server at ${whole.url} is version 0.0.1, and this command ${manifest.version}`,
      },
    ]);
    await rm(whole.appsDir, { recursive: true });
    await expect
      .poll(() => faultsOf(server, config), { timeout: 10_000 })
      .toMatchObject([
        { status: 'problem', found: expect.stringContaining('APPS_DIR') },
        { status: 'warning', found: expect.stringContaining('is version 0.0.1') },
      ]);
    await mkdir(whole.appsDir);
  });
});

test('says how much of the disk the log of each app takes', async () => {
  const config = configOf();
  expect(await logs.run(config)).toMatchObject([{ status: 'ok', found: 'There are no logs yet' }]);
  await mkdir(config.stateDir, { mode: 0o700 });
  const stores = openStores(join(config.stateDir, 'toehold.db'), { now: Date.now });
  onTestFinished(() => stores.close());
  for (const [app, runs] of [
    ['big', [40_000, 80_000]],
    ['small', [10]],
  ] as const) {
    const { id } = stores.apps.insert(anApp(app));
    for (const size of runs) {
      const run = size;
      stores.runs.save(anEndedRun(run, id));
      const path = join(config.stateDir, 'runs', String(run));
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'stdout.log'), 'x'.repeat(size));
    }
  }
  await mkdir(join(config.stateDir, 'runs/999'));
  const [{ found = '' } = {}] = await logs.run(config);
  expect(found).toMatch(
    /^Logs take 1\d\d KB of the disk: big 1\d\d KB, small [1-9][\d.]* KB, runs of no app 0 B; at most about [\d.]+ MB/,
  );
});

describe('files', () => {
  test('files that others can read are named, with the command that closes them', async () => {
    const config = configOf();
    await mkdir(config.stateDir);
    await chmod(config.stateDir, 0o755);
    await writeFile(join(config.stateDir, 'token'), 'x', { mode: 0o600 });
    const faults = await faultsOf(permissions, config);
    expect(faults).toContainEqual(
      expect.objectContaining({
        found: `${config.stateDir} is open to other users (mode 755)`,
        advice: `Run chmod go-rwx ${config.stateDir}`,
      }),
    );
    expect(faults.some(({ found }) => found.includes('/token '))).toBe(false);
  });

  test('a missing APPS_DIR is a problem', async () => {
    const config = configOf({ APPS_DIR: '/nowhere/apps' });
    expect(await faultsOf(permissions, config)).toContainEqual(
      expect.objectContaining({ status: 'problem', found: expect.stringContaining('/nowhere/apps') }),
    );
  });
});

describe('apps', () => {
  test('A5: an app that asks for more access than it gets is named, with the command that grants it', async () => {
    const config = configOf();
    await writeAppFolder(config.appsDir, 'status', { script: 'x', toes: { api: 'operator' } });
    const found = expect.stringContaining('toehold grant status operator');
    expect(await faultsOf(apps, config)).toMatchObject([{ status: 'warning', found }]);
    expect(await faultsOf(apps, configOf({ TOEHOLD_APP_API: 'operator' }))).toEqual([]);
    await mkdir(config.stateDir, { mode: 0o700 });
    const stores = openStores(join(config.stateDir, 'toehold.db'), { now: Date.now });
    onTestFinished(() => stores.close());
    stores.apps.insert(anApp('status', { granted: 'OPERATOR', lifecycle: NEW_LIFECYCLE }));
    expect(await faultsOf(apps, config)).toEqual([]);
  });

  test('A15: apps that are wanted and do not run, with the reason', async () => {
    const config = configOf();
    await mkdir(config.stateDir, { mode: 0o700 });
    const stores = openStores(join(config.stateDir, 'toehold.db'), { now: Date.now });
    onTestFinished(() => stores.close());
    const ended = {
      desired: 'RUNNING',
      error: 'It ended by itself with code 0',
      phase: { kind: 'EXITED', boot: 'b' },
    } as const;
    for (const [name, lifecycle] of [
      ['crashing', LIFECYCLE],
      ['job', { ...NEW_LIFECYCLE, ...ended }],
      ['unwanted', { ...LIFECYCLE, desired: 'STOPPED' }],
    ] as const) {
      await writeAppFolder(config.appsDir, name, { script: 'x' });
      stores.apps.insert(anApp(name, { lifecycle }));
    }
    expect(await faultsOf(apps, config)).toMatchObject([
      {
        status: 'warning',
        found: 'crashing is wanted and does not run: Nothing listens on port 3001 (PORT)',
      },
      { status: 'warning', found: 'job is wanted and does not run: It ended by itself with code 0' },
    ]);
  });

  test('directories that are no apps, names that no app can have, and an interrupted adoption', async () => {
    const config = configOf();
    const { appsDir } = config;
    await mkdir(join(appsDir, 'My Shop/current'), { recursive: true });
    await mkdir(join(appsDir, 'Old Shop'));
    await mkdir(join(appsDir, 'shop'));
    await mkdir(join(appsDir, '.adopting-cut'));
    expect(await faultsOf(apps, config)).toMatchObject([
      {
        status: 'problem',
        found: `The adoption of cut was interrupted: it is in ${join(appsDir, '.adopting-cut')}`,
        advice: `Run ${OWN} adopt cut`,
      },
      {
        status: 'problem',
        found: expect.stringMatching(/^My Shop cannot start: Name must/),
        advice: `Rename the directory in ${appsDir}, for example to my-shop`,
      },
      {
        found: expect.stringMatching(/^Old Shop is not an app/),
        advice: expect.stringContaining('old-shop'),
      },
      {
        status: 'warning',
        found: 'shop is not an app, because it has no directory "current"',
        advice: `To make it one: ${OWN} adopt shop`,
      },
    ]);
  });

  test('apps whose package manager is not on PATH, unless they install nothing', async () => {
    const config = { ...configOf(), environment: { PATH: directory } };
    const { appsDir } = config;
    const needs = { dependencies: { a: '1' } };
    for (const [name, more] of [
      ['bare', {}],
      ['default', needs],
      ['itself', { ...needs, toes: { install: false } }],
      ['named', { ...needs, packageManager: 'pnpm@9.0.0' }],
      ['strange', { ...needs, packageManager: 'cargo@1.0.0' }],
    ] as const) {
      const path = await writeAppFolder(appsDir, name, { script: 'x' });
      await writeFile(join(path, 'package.json'), JSON.stringify({ scripts: { toes: 'x' }, ...more }));
    }
    expect(await faultsOf(apps, config)).toMatchObject([
      {
        status: 'warning',
        found: expect.stringMatching(
          /^default cannot be installed: The default package manager is npm, which/,
        ),
      },
      {
        found: expect.stringMatching(
          /^named cannot be installed: package.json names pnpm, which is not on PATH/,
        ),
      },
      {
        found: expect.stringMatching(
          /^strange cannot be installed: package.json names the package manager "cargo"/,
        ),
      },
    ]);
  });

  test('apps that cannot start, and apps that truncate their own log', async () => {
    const config = configOf();
    const { appsDir } = config;
    await writeAppFolder(appsDir, 'careful', { script: 'echo a >&2; echo b 2>/dev/null' });
    await writeAppFolder(appsDir, 'careless', { script: 'sh run.sh' });
    await writeFile(join(appsDir, 'careless/current/run.sh'), 'echo oops > /dev/stderr\n');
    await mkdir(join(appsDir, 'broken/current'), { recursive: true });
    await mkdir(join(appsDir, 'pruned'));
    await symlink('20260101', join(appsDir, 'pruned/current'));
    expect(await faultsOf(apps, config)).toMatchObject([
      { status: 'problem', found: 'broken cannot start: Missing package.json' },
      { status: 'warning', found: expect.stringMatching(/^careless .*run\.sh/) },
      {
        status: 'problem',
        found: expect.stringContaining('current leads to 20260101, which does not exist'),
        advice: `Point ${join(appsDir, 'pruned/current')} to a release that exists`,
      },
    ]);
  });
});

test('says whether runs get their own cgroup', async () => {
  const own = createPlatform().controlGroup;
  const [found] = await containment.run(configOf());
  expect(found).toMatchObject({ status: own === null ? 'warning' : 'ok' });
  expect(found?.found).toContain(own ?? 'cannot make cgroups');
});

describe('A10: the environment', () => {
  const SECRETS = {
    ...{
      GITHUB_TOKEN: 'v-1',
      APP_SECRET_BASE: 'v-2',
      PGPASSWORD: 'v-3',
      STRIPE_KEY: 'v-4',
      AWS_PROFILE: 'v-5',
    },
    ...{ SSH_AUTH_SOCK: 'v-6', DATABASE_URL: 'v-7', AZURE_CREDENTIALS: 'v-8', npm_config_x: 'v-9' },
    ...{
      REDIS: 'redis://:v-10@localhost',
      TOEHOLD_TOKEN: 'v-11',
      EMPTY_TOKEN: '',
      CREDENTIALS_DIRECTORY: 'v-12',
    },
  };
  const NAMES =
    'APP_SECRET_BASE, AWS_PROFILE, AZURE_CREDENTIALS, DATABASE_URL, GITHUB_TOKEN, PGPASSWORD, REDIS, SSH_AUTH_SOCK, STRIPE_KEY';
  const HARMLESS = {
    KEYBOARD: 'de',
    MONKEY: '1',
    PWD: '/',
    REGISTRY: 'https://user@host/',
    MAX_TOKENS: '5',
    AWS_REGION: 'x',
  };

  test('names variables that look like secrets and reach apps, and what to do, but never a value', async () => {
    const found = await environment.run(configOf({ ...SECRETS, ...HARMLESS }));
    expect(found).toEqual([
      {
        ...{ check: 'environment', status: 'warning' },
        found: `Apps get these variables of a server that is started from this shell, which look like secrets: ${NAMES}`,
        advice: expect.stringMatching(/TOEHOLD_APP_USER.*env -u NAME.*UnsetEnvironment/),
      },
    ]);
    expect(JSON.stringify(found)).not.toContain('v-');
    expect(await faultsOf(environment, configOf(HARMLESS))).toEqual([]);
  });

  test('many names are only counted, and no name is part of a command', async () => {
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`N${index}; id #_TOKEN`, 'x']));
    const [found] = await environment.run(configOf(many));
    expect(found?.found).toMatch(/ and 5 more$/);
    expect(found?.advice).not.toContain('id');
  });

  test.skipIf(process.getuid?.() !== 0)(
    'with an app user only what TOEHOLD_PASS_ENV names is told',
    async () => {
      const user = { ...SECRETS, TOEHOLD_APP_USER: 'nobody' };
      expect(await environment.run(configOf(user))).toMatchObject([
        { status: 'ok', found: expect.not.stringContaining('TOKEN') },
      ]);
      const passing = await environment.run(configOf({ ...user, TOEHOLD_PASS_ENV: 'AWS_*' }));
      expect(passing).toMatchObject([{ status: 'ok', found: expect.stringMatching(/: AWS_PROFILE$/) }]);
    },
  );
});

test.runIf(process.getuid?.() === 0)(
  'no script is read for an app whose user could not read it',
  async () => {
    const app = join(directory, 'apps', 'app');
    await writeAppFolder(join(directory, 'apps'), 'app', { script: 'true' });
    await chmod(directory, 0o755);
    const secret = join(directory, 'secret');
    await writeFile(secret, 'echo x >/dev/stdout\n', { mode: 0o600 });
    await link(secret, join(app, 'current', 'start.sh'));
    execFileSync('chown', ['nobody', app, join(app, 'current')]);
    const config = { ...configOf(), appUser: 'nobody' };
    expect(await faultsOf(apps, config)).toEqual([]);
    await rm(join(app, 'current', 'start.sh'));
    await writeFile(join(app, 'current', 'start.sh'), 'echo x >/dev/stdout\n', { mode: 0o644 });
    expect(await faultsOf(apps, config)).toMatchObject([{ found: expect.stringContaining('start.sh') }]);
  },
);
