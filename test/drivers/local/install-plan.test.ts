import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { InstallStore } from '../../../src/contracts/stores.ts';
import { planInstall } from '../../../src/drivers/local/install-plan.ts';

let root: string;
let release: string;
const keys = new Map<string, string>();
const installs: InstallStore = {
  get: (directory) => keys.get(directory) ?? null,
  set: (directory, key) => void keys.set(directory, key),
  forget: (directory) => void keys.delete(directory),
};

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'toehold-plan-')));
  release = join(root, 'release');
  await mkdir(release);
  keys.clear();
});

afterEach(() => rm(root, { recursive: true }));

const DEPENDENCIES = { dependencies: { left: '^1.0.0' } };

async function write(manifest: object, files: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const [name, content] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    await writeFile(join(release, name), content);
  }
}

/** A PATH that has these programs and no others. */
async function pathWith(...programs: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(root, 'bin-'));
  for (const name of programs) await writeFile(join(directory, name), '', { mode: 0o755 });
  return directory;
}

async function commandWith(...programs: readonly string[]): Promise<string> {
  const plan = await planInstall(release, await pathWith(...programs), installs);
  return plan.kind === 'INSTALL' ? plan.command : plan.kind === 'IMPOSSIBLE' ? plan.message : plan.kind;
}

describe('A8: who installs, and how', () => {
  test.each([
    [{}, 'package-lock.json', 'npm ci'],
    [{}, 'npm-shrinkwrap.json', 'npm ci'],
    [{}, 'bun.lock', 'bun install --frozen-lockfile'],
    [{}, 'bun.lockb', 'bun install --frozen-lockfile'],
    [{}, 'pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
    [{}, 'yarn.lock', 'yarn install --immutable'],
    [{ packageManager: 'pnpm@9.1.0+sha512.abc' }, 'pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
    [{ packageManager: 'npm@11.0.0' }, 'none', 'npm install'],
    [{ packageManager: 'yarn@4.0.0' }, 'none', 'yarn install'],
    // The field comes before the lock file of another one.
    [{ packageManager: 'pnpm@9.1.0' }, 'package-lock.json', 'pnpm install'],
    [{ packageManager: 17 }, 'package-lock.json', 'npm ci'],
    [{}, 'none', 'bun install'],
  ])('%j with lock file %s: %s', async (fields, lock, command) => {
    await write({ ...DEPENDENCIES, ...fields }, lock === 'none' ? {} : { [lock]: '' });
    expect(await commandWith('npm', 'bun', 'pnpm', 'yarn')).toBe(command);
  });

  test('without a word from the app, npm where there is no bun', async () => {
    await write(DEPENDENCIES);
    expect(await commandWith('npm')).toBe('npm install');
  });

  test('B-7: one that is named and not on PATH is the app’s error, never another one', async () => {
    await write({ ...DEPENDENCIES, packageManager: 'pnpm@9.1.0' }, { 'package-lock.json': '{}' });
    expect(await commandWith('npm', 'bun')).toBe(
      'package.json names pnpm, which is not on PATH: install it for the user who runs the control plane',
    );
    await write(DEPENDENCIES, { 'package-lock.json': '{}' });
    expect(await commandWith('bun')).toContain('The lock file is of npm, which is not on PATH');
    await rm(join(release, 'package-lock.json'));
    expect(await commandWith()).toContain('The default package manager is npm, which is not on PATH');
  });

  test('a package manager that nobody knows is the app’s error', async () => {
    await write({ ...DEPENDENCIES, packageManager: 'constructor@1' });
    expect(await commandWith('npm', 'constructor')).toContain(
      'names the package manager "constructor": use one of npm',
    );
  });

  test('a file on PATH that may not be run is no program', async () => {
    await write(DEPENDENCIES);
    const path = await pathWith('bun');
    await chmod(join(path, 'bun'), 0o644);
    const plan = await planInstall(release, `${path}:${await pathWith('npm')}`, installs);
    expect(plan).toMatchObject({ kind: 'INSTALL', command: 'npm install' });
  });
});

describe('A8: when there is nothing to install', () => {
  test.each([
    {},
    { dependencies: {} },
    { workspaces: [] },
    { scripts: { toes: 'x' } },
    { dependencies: 'text' },
  ])('%j', async (manifest) => {
    await write(manifest, { 'package-lock.json': '{}' });
    expect(await commandWith()).toBe('NOTHING');
  });

  test.each([
    { devDependencies: { a: '1' } },
    { optionalDependencies: { a: '1' } },
    { peerDependencies: { a: '1' } },
    { workspaces: ['packages/*'] },
    { workspaces: { packages: ['packages/*'] } },
  ])('but not %j', async (manifest) => {
    await write(manifest);
    expect(await commandWith('npm')).toBe('npm install');
  });

  async function installed(manifest: object, lock: string): Promise<void> {
    await write(manifest, { 'package-lock.json': lock });
    const plan = await planInstall(release, await pathWith('npm'), installs);
    if (plan.kind !== 'INSTALL') throw new Error(plan.kind);
    await mkdir(join(release, 'node_modules'), { recursive: true });
    installs.set(plan.directory, await plan.key(), 0);
  }

  test('what the last installation went by has not changed', async () => {
    await installed(
      { name: 'a', version: '1', toes: {}, scripts: { toes: 'x' }, ...DEPENDENCIES, type: 'module' },
      'L',
    );
    expect(await commandWith('npm')).toBe('NOTHING');
    // toes, scripts, name and version install nothing, and neither does the order.
    await write({
      type: 'module',
      name: 'b',
      version: '2',
      toes: { icon: 'x' },
      scripts: {},
      ...DEPENDENCIES,
    });
    expect(await commandWith('npm')).toBe('NOTHING');
  });

  test.each([
    ['the lock file', () => write({ ...DEPENDENCIES }, { 'package-lock.json': 'other' })],
    ['a dependency', () => write({ dependencies: { left: '^2.0.0' } })],
    ['another field', () => write({ ...DEPENDENCIES, overrides: { a: '1' } })],
    [
      'a second lock file',
      () =>
        write({ ...DEPENDENCIES }, { 'yarn.lock': '' }).then(() =>
          writeFile(join(release, 'yarn.lock'), 'x'),
        ),
    ],
    ['node_modules, which is gone', () => rm(join(release, 'node_modules'), { recursive: true })],
  ])('but %s has changed', async (_what, change) => {
    await installed(DEPENDENCIES, 'L');
    expect(await commandWith('npm')).toBe('NOTHING');
    await change();
    expect(await commandWith('npm')).toBe('npm ci');
  });

  test('a first installation that made its lock file is not repeated', async () => {
    await write(DEPENDENCIES);
    const plan = await planInstall(release, await pathWith('npm'), installs);
    await mkdir(join(release, 'node_modules'));
    await writeFile(join(release, 'package-lock.json'), 'made by the installation');
    if (plan.kind === 'INSTALL') installs.set(plan.directory, await plan.key(), 0);
    expect(await commandWith('npm')).toBe('NOTHING');
  });

  test('an edit of the lock file during an installation is noticed', async () => {
    await write(DEPENDENCIES, { 'package-lock.json': 'before' });
    const plan = await planInstall(release, await pathWith('npm'), installs);
    await mkdir(join(release, 'node_modules'));
    await writeFile(join(release, 'package-lock.json'), 'edited meanwhile');
    if (plan.kind === 'INSTALL') installs.set(plan.directory, await plan.key(), 0);
    expect(await commandWith('npm')).toBe('npm ci');
  });
});

test.each(['', '{', '[]x', 'null', '17'])('a package.json like %j is the app’s error', async (text) => {
  await writeFile(join(release, 'package.json'), text);
  expect(await planInstall(release, await pathWith('npm'), installs)).toMatchObject({ kind: 'IMPOSSIBLE' });
});

test('a package.json that is nested too deeply is the app’s error', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  await writeFile(join(release, 'package.json'), `{"dependencies":{"a":"1"},"x":${deep}}`);
  await mkdir(join(release, 'node_modules'));
  keys.set(release, 'of an earlier installation');
  expect(await planInstall(release, '', installs)).toEqual({
    kind: 'IMPOSSIBLE',
    message: `${release}: package.json is nested deeper than 100 levels: make it flatter`,
  });
});

test('the name of a package manager is cut', async () => {
  await write({ ...DEPENDENCIES, packageManager: 'x'.repeat(1_000_000) });
  expect(await planInstall(release, '', installs)).toMatchObject({
    kind: 'IMPOSSIBLE',
    message: expect.stringMatching(/^.{1,300}$/),
  });
});

test('a byte-order mark in package.json is accepted', async () => {
  await writeFile(join(release, 'package.json'), `\uFEFF${JSON.stringify(DEPENDENCIES)}`);
  expect(await commandWith('npm')).toBe('npm install');
});

describe('what leads out of APPS_DIR', () => {
  test.each(['package.json', 'package-lock.json', 'yarn.lock'])(
    '%s is never read, and said so',
    async (name) => {
      await write(DEPENDENCIES, { 'package-lock.json': '{}' });
      await rm(join(release, name), { force: true });
      await writeFile(join(root, 'secret'), 'root:x:0:0');
      await symlink(join(root, 'secret'), join(release, name));
      const plan = await planInstall(release, await pathWith('npm'), installs, release);
      expect(plan).toEqual({
        kind: 'IMPOSSIBLE',
        message: `${release}: ${join(release, name)} leads out of APPS_DIR, to ${join(root, 'secret')}: put it there, or set TOEHOLD_ALLOW_OUTSIDE`,
      });
    },
  );

  test('a text that is no JSON is not quoted', async () => {
    await write(DEPENDENCIES, { 'package.json': 'root:x:0:0' });
    const plan = await planInstall(release, await pathWith('npm'), installs);
    expect(plan).toEqual({ kind: 'IMPOSSIBLE', message: `${release}: package.json is not JSON` });
  });
});

test('nothing hangs at lock files that are pipes', async () => {
  await write(DEPENDENCIES);
  for (const name of ['package-lock.json', 'bun.lock', 'bun.lockb', 'pnpm-lock.yaml', 'yarn.lock']) {
    spawnSync('mkfifo', [join(release, name)]);
  }
  expect(await commandWith('npm')).toBe('npm install');
});
