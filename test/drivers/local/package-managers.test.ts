import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../src/contracts/driver.ts';
import { createLocalHarness, type LocalDriverHarness } from '../../support/local-driver.ts';
import { packageManagers, type RealManager } from '../../support/package-managers.ts';

/** They are downloaded. */
const PATIENCE = 120_000;

let pathOf: (manager: RealManager) => string;
let harness: LocalDriverHarness;

beforeAll(async () => {
  pathOf = await packageManagers();
}, PATIENCE);

afterEach(() => harness.cleanup());

/** With a home of its own, where package managers put what they share between projects. */
async function use(manager: RealManager): Promise<void> {
  harness = await createLocalHarness();
  const HOME = join(harness.directory, 'home');
  harness = await harness.successor({
    hostEnvironment: { PATH: pathOf(manager), HOME, TMPDIR: process.env.TMPDIR, NODE_ENV: 'production' },
  });
}

type Files = Readonly<Record<string, string>>;

const GREETING: Files = {
  'greeting/package.json': '{"name":"greeting","version":"1.0.0","main":"index.js"}',
  'greeting/index.js': 'module.exports = "hello";',
  'greeting/hook.js': 'process.env.HOOKED = "hooked";',
  'tool/package.json': '{"name":"tool","version":"1.0.0","main":"index.js"}',
  'tool/index.js': 'module.exports = "a tool";',
};
const QUIET: Files = {
  '.npmrc': 'audit=false\nfund=false\nupdate-notifier=false\noffline=true\n',
  '.yarnrc.yml': 'nodeLinker: node-modules\nenableTelemetry: false\n',
};
const FIELDS = {
  ...{ name: 'app', version: '1.0.0', license: 'MIT', private: true },
  ...{ dependencies: { greeting: 'file:./greeting' }, devDependencies: { tool: 'file:./tool' } },
};

async function put(directory: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}

/** An app of these files; `release` is where in them it lies. */
async function appOf(files: Files, release = '.', script = 'true'): Promise<RunSpec> {
  const spec = await harness.spec(script, { files: {} });
  await put(spec.releaseDirectory, files);
  return { ...spec, releaseDirectory: join(spec.releaseDirectory, release) };
}

/** Begins another run of the same release, and answers whether it installed. */
async function begin(spec: RunSpec): Promise<{ readonly run: RunSpec; readonly installed: boolean }> {
  const { run, mark } = await harness.spec(spec.script);
  const anew = { ...spec, run, mark };
  harness.driver.begin(anew);
  await harness.events.next(run, 'STARTING').catch(async (error) => {
    const { stdout, stderr } = await harness.output(run);
    throw new Error(`${error}\n${stdout}${stderr}`);
  });
  return { run: anew, installed: harness.events.types(run).includes('INSTALLING') };
}

async function failure(spec: RunSpec): Promise<string> {
  harness.driver.begin(spec);
  return (await harness.events.next(spec.run, 'INSTALL_FAILED')).message;
}

const LOCKS: Readonly<Record<RealManager, string>> = {
  ...{ npm: 'package-lock.json', bun: 'bun.lock', pnpm9: 'pnpm-lock.yaml', pnpm10: 'pnpm-lock.yaml' },
  ...{ yarn1: 'yarn.lock', yarn4: 'yarn.lock' },
};
/** No version: a package manager would download another one than itself. */
const NAMES: Readonly<Record<RealManager, string>> = {
  ...{ npm: 'npm', bun: 'bun', pnpm9: 'pnpm', pnpm10: 'pnpm', yarn1: 'yarn', yarn4: 'yarn' },
};

function packageOf(manager: RealManager, fields: object): string {
  return JSON.stringify({
    ...fields,
    devEngines: { packageManager: { name: NAMES[manager], onFail: 'ignore' } },
  });
}

function configurationOf(manager: RealManager): Files {
  const { '.yarnrc.yml': yarn = '', ...others } = QUIET;
  return manager === 'yarn4' ? { ...others, '.yarnrc.yml': yarn } : others;
}

function read(...path: readonly string[]): Promise<string> {
  return readFile(join(...path), 'utf8');
}

function exists(...path: readonly string[]): Promise<boolean> {
  return access(join(...path)).then(
    () => true,
    () => false,
  );
}

describe.each(['npm', 'pnpm9', 'pnpm10', 'yarn1', 'yarn4', 'bun'] as const)('A8: %s', (manager) => {
  test('installs devDependencies too, whatever .env says of running, and again only what is missing', async () => {
    await use(manager);
    const script = `node -p "[require('greeting'), require('tool'), process.env.HOOKED].join()"`;
    const spec = await appOf(
      {
        ...{ ...GREETING, ...configurationOf(manager), 'package.json': packageOf(manager, FIELDS) },
        '.env': 'NODE_OPTIONS=--require greeting/hook.js\nNODE_ENV=production\n',
      },
      '.',
      script,
    );
    expect((await begin(spec)).installed).toBe(true);
    const lock = await read(spec.releaseDirectory, LOCKS[manager]);
    expect((await begin(spec)).installed).toBe(false);

    await rm(join(spec.releaseDirectory, 'node_modules/greeting'), { recursive: true });
    const { run, installed } = await begin(spec);
    expect(installed).toBe(true);
    expect(await read(spec.releaseDirectory, LOCKS[manager])).toBe(lock);
    await harness.events.next(run.run, 'ENDED');
    expect((await harness.output(run.run)).stdout).toContain('hello,a tool,hooked\n');
  });

  test('installs a workspace at its root, once for all members', async () => {
    await use(manager);
    const isPnpm = NAMES[manager] === 'pnpm';
    const version = isPnpm ? 'workspace:*' : '1.0.0';
    const member = (name: string, dependencies: object) =>
      packageOf(manager, { name, version: '1.0.0', license: 'MIT', dependencies });
    const root = { name: 'root', version: '1.0.0', private: true };
    const spec = await appOf(
      {
        ...configurationOf(manager),
        'package.json': JSON.stringify(isPnpm ? root : { ...root, workspaces: ['packages/*'] }),
        ...(isPnpm && { 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n' }),
        'packages/web/package.json': member('web', { lib: version }),
        'packages/api/package.json': member('api', { lib: version }),
        'packages/lib/package.json': member('lib', {}),
        'packages/lib/index.js': 'module.exports = "of a member";',
      },
      'packages/web',
      `node -p "require('lib')"`,
    );
    const api = { ...spec, releaseDirectory: join(spec.releaseDirectory, '../api') };
    // Both at once, as at boot.
    const [web, other] = await Promise.all([begin(spec), begin(api)]);
    expect([web.installed, other.installed].filter(Boolean)).toHaveLength(1);
    expect((await begin(spec)).installed).toBe(false);
    expect(await exists(spec.releaseDirectory, '../..', LOCKS[manager])).toBe(true);
    expect(await exists(spec.releaseDirectory, LOCKS[manager])).toBe(false);
    for (const { run } of [web, other]) {
      await harness.events.next(run.run, 'ENDED');
      expect((await harness.output(run.run)).stdout).toContain('of a member\n');
    }
  });
});

describe('A8: pnpm', () => {
  test('9 replaces node_modules of another store without a question', async () => {
    await use('pnpm9');
    const spec = await appOf({
      ...{ ...GREETING, ...configurationOf('pnpm9'), 'package.json': packageOf('pnpm9', FIELDS) },
    });
    await begin(spec);
    await rm(join(spec.releaseDirectory, 'node_modules/greeting'), { recursive: true });
    await put(spec.releaseDirectory, { '.npmrc': `store-dir=${join(harness.directory, 'other-store')}\n` });
    expect((await begin(spec)).installed).toBe(true);
    expect(await exists(spec.releaseDirectory, 'node_modules/greeting/index.js')).toBe(true);
  });

  test('in a workspace that does not name the app ends with 0, and the start fails and says so', async () => {
    await use('pnpm10');
    const spec = await appOf(
      {
        ...{ ...QUIET, 'package.json': '{"name":"root","private":true}' },
        'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
        'apps/web/package.json': packageOf('pnpm10', { ...FIELDS, devDependencies: {} }),
        ...{ 'apps/web/greeting/package.json': '{"name":"greeting","version":"1.0.0"}' },
      },
      'apps/web',
    );
    const root = join(spec.releaseDirectory, '../..');
    expect(await failure(spec)).toBe(
      `pnpm ended with code 0, but did not install greeting: see the log, and name apps/web in ${root}/pnpm-workspace.yaml`,
    );
  });
});

describe('A8: Yarn', () => {
  test('1 refuses a lock file that does not fit, and leaves it as it is', async () => {
    await use('yarn1');
    const lock = '# yarn lockfile v1\n\n\n"tool@file:./tool":\n  version "1.0.0"\n';
    const spec = await appOf({ ...GREETING, 'package.json': JSON.stringify(FIELDS), 'yarn.lock': lock });
    expect(await failure(spec)).toBe(
      '"yarn install --frozen-lockfile --check-files" failed with code 1: see the log',
    );
    expect(await read(spec.releaseDirectory, 'yarn.lock')).toBe(lock);
  });

  test('1 installs no peer dependencies, and the next start does not try again', async () => {
    await use('yarn1');
    const { dependencies: peerDependencies, devDependencies: _, ...fields } = FIELDS;
    const spec = await appOf({
      ...GREETING,
      'package.json': packageOf('yarn1', { ...fields, peerDependencies }),
    });
    expect((await begin(spec)).installed).toBe(true);
    expect((await begin(spec)).installed).toBe(false);
  });

  test('4 without node_modules is installed once', async () => {
    await use('yarn4');
    const spec = await appOf(
      { ...GREETING, '.yarnrc.yml': 'enableTelemetry: false\n', 'package.json': packageOf('yarn4', FIELDS) },
      '.',
      `node -r ./.pnp.cjs -p "require('greeting')"`,
    );
    expect((await begin(spec)).installed).toBe(true);
    const { run, installed } = await begin(spec);
    expect(installed).toBe(false);
    await harness.events.next(run.run, 'ENDED');
    expect((await harness.output(run.run)).stdout).toBe('hello\n');
  });
});
