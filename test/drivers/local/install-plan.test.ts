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
  const directory = join(root, `bin-${programs.join('-')}`);
  await mkdir(directory, { recursive: true });
  for (const name of programs) await writeFile(join(directory, name), '', { mode: 0o755, flag: 'a' });
  return directory;
}

async function commandWith(...programs: readonly string[]): Promise<string> {
  const plan = await planInstall(release, { path: await pathWith(...programs), installs });
  return plan.kind === 'INSTALL' ? plan.command : plan.kind === 'IMPOSSIBLE' ? plan.message : plan.kind;
}

describe('A8: who installs, and how', () => {
  test.each([
    [{}, 'package-lock.json', 'npm ci'],
    [{}, 'npm-shrinkwrap.json', 'npm ci'],
    [{}, 'bun.lock', 'bun install --frozen-lockfile'],
    [{}, 'bun.lockb', 'bun install --frozen-lockfile'],
    [{}, 'pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
    [{ packageManager: 'yarn@4.0.0' }, 'yarn.lock', 'yarn install --immutable'],
    [{ packageManager: 'yarn@1.22.22' }, 'yarn.lock', 'yarn install --frozen-lockfile --check-files'],
    [{ packageManager: 'pnpm@9.1.0+sha512.abc' }, 'pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
    [{ packageManager: 'npm@11.0.0' }, 'none', 'npm install'],
    [{ packageManager: 'yarn@4.0.0' }, 'none', 'yarn install --no-immutable'],
    [{ packageManager: 'yarn@1.22.22' }, 'none', 'yarn install --check-files'],
    [{ devEngines: { packageManager: { name: 'pnpm', version: '^10' } } }, 'none', 'pnpm install'],
    [
      { devEngines: { packageManager: [{ name: 'yarn', version: '1' }] } },
      'none',
      'yarn install --check-files',
    ],
    // The field comes before the lock file of another one.
    [{ packageManager: 'pnpm@9.1.0' }, 'package-lock.json', 'pnpm install'],
    [{ packageManager: 17 }, 'package-lock.json', 'npm ci'],
    [{}, 'none', 'bun install'],
  ])('%j with lock file %s: %s', async (fields, lock, command) => {
    await write({ ...DEPENDENCIES, ...fields }, lock === 'none' ? {} : { [lock]: 'x' });
    expect(await commandWith('npm', 'bun', 'pnpm', 'yarn')).toBe(command);
  });

  test.each([
    ['# yarn lockfile v1\n', {}, 'yarn install --frozen-lockfile --check-files'],
    ['__metadata:\n  version: 8\n', {}, 'yarn install --immutable'],
    // It says where a project begins, and locks nothing.
    ['', { '.yarnrc.yml': '' }, 'yarn install --no-immutable'],
  ])('the lock file %j tells which yarn', async (lock, files, command) => {
    await write(DEPENDENCIES, { 'yarn.lock': lock, ...files });
    expect(await commandWith('yarn')).toBe(command);
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

  test('an unknown package manager is the app’s error', async () => {
    await write({ ...DEPENDENCIES, packageManager: 'constructor@1' });
    expect(await commandWith('npm', 'constructor')).toContain(
      'names the package manager "constructor": use one of npm',
    );
  });

  test('a file on PATH that may not be run is no program', async () => {
    await write(DEPENDENCIES);
    const path = await pathWith('bun');
    await chmod(join(path, 'bun'), 0o644);
    const plan = await planInstall(release, { path: `${path}:${await pathWith('npm')}`, installs });
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
    const plan = await planInstall(release, { path: await pathWith('npm'), installs });
    if (plan.kind !== 'INSTALL') throw new Error(plan.kind);
    await mkdir(join(release, 'node_modules/left'), { recursive: true });
    expect(await plan.finish(0)).toEqual({ ok: true });
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
    ['node_modules, which is gone,', () => rm(join(release, 'node_modules'), { recursive: true })],
    ['a module, which is gone,', () => rm(join(release, 'node_modules/left'), { recursive: true })],
    [
      'a module, which is a link to nothing,',
      async () => {
        await rm(join(release, 'node_modules/left'), { recursive: true });
        await symlink(join(root, 'gone'), join(release, 'node_modules/left'));
      },
    ],
    ['.npmrc', () => writeFile(join(release, '.npmrc'), 'omit=dev')],
  ])('but %s has changed', async (_what, change) => {
    await installed(DEPENDENCIES, 'L');
    expect(await commandWith('npm')).toBe('NOTHING');
    await change();
    expect(await commandWith('npm')).toBe('npm ci');
  });

  test('but the package manager has another version, or Node another ABI', async () => {
    await write(DEPENDENCIES, { 'package-lock.json': 'L' });
    const bin = join(root, 'lib/bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'npm'), '', { mode: 0o755 });
    const publish = (version: string) =>
      writeFile(join(root, 'lib/package.json'), JSON.stringify({ name: 'npm', version, bin: 'bin/npm' }));
    const look = (path = bin) => planInstall(release, { path, installs });
    await publish('11.0.0');
    const plan = await look();
    await mkdir(join(release, 'node_modules/left'), { recursive: true });
    if (plan.kind === 'INSTALL') await plan.finish(0);
    expect(await look()).toEqual({ kind: 'NOTHING' });
    await publish('11.0.1');
    expect(await look()).toMatchObject({ command: 'npm ci' });
    await publish('11.0.0');
    expect(await look(`${bin}:${await pathWith('node')}`)).toMatchObject({ command: 'npm ci' });
    // One that is gone is not needed as long as nothing else changes.
    expect(await look(await pathWith())).toEqual({ kind: 'NOTHING' });
  });

  test('a first installation that made its lock file is not repeated', async () => {
    await write(DEPENDENCIES);
    const plan = await planInstall(release, { path: await pathWith('npm'), installs });
    await mkdir(join(release, 'node_modules/left'), { recursive: true });
    await writeFile(join(release, 'package-lock.json'), 'made by the installation');
    if (plan.kind === 'INSTALL') expect(await plan.finish(0)).toEqual({ ok: true });
    expect(await commandWith('npm')).toBe('NOTHING');
  });

  test('an edit of the lock file during an installation is noticed', async () => {
    await write(DEPENDENCIES, { 'package-lock.json': 'before' });
    const plan = await planInstall(release, { path: await pathWith('npm'), installs });
    await mkdir(join(release, 'node_modules/left'), { recursive: true });
    await writeFile(join(release, 'package-lock.json'), 'edited meanwhile');
    if (plan.kind === 'INSTALL') expect(await plan.finish(0)).toEqual({ ok: true });
    expect(await commandWith('npm')).toBe('npm ci');
  });
});

test('A8: an app with peer dependencies only, which no package manager installs, does not install at each start', async () => {
  await write({ peerDependencies: { left: '1' } }, { 'yarn.lock': '# yarn lockfile v1' });
  const path = await pathWith('yarn');
  const plan = await planInstall(release, { path, installs });
  if (plan.kind === 'INSTALL') expect(await plan.finish(0)).toEqual({ ok: true });
  expect(await planInstall(release, { path, installs })).toEqual({ kind: 'NOTHING' });
});

test('devDependencies that were left out on purpose are not missed at each start', async () => {
  await write({ ...DEPENDENCIES, devDependencies: { right: '1' } }, { '.npmrc': 'omit=dev' });
  const path = await pathWith('npm');
  const plan = await planInstall(release, { path, installs });
  await mkdir(join(release, 'node_modules/left'), { recursive: true });
  if (plan.kind === 'INSTALL') expect(await plan.finish(0)).toEqual({ ok: true });
  expect(await planInstall(release, { path, installs })).toEqual({ kind: 'NOTHING' });
});

describe('an installation that ended with 0', () => {
  async function finish(fields: object, files: Record<string, string> = {}) {
    await write(fields, files);
    const plan = await planInstall(release, { path: await pathWith('npm', 'yarn'), installs });
    return plan.kind === 'INSTALL' ? plan.finish(0) : plan;
  }

  test('and did not install what the app depends on has failed', async () => {
    const dependencies = Object.fromEntries([...'abcdefg'].map((name) => [name, '1']));
    expect(await finish({ dependencies })).toEqual({
      ok: false,
      message: 'npm ended with code 0, but did not install a, b, c, d, e, and 2 more: see the log',
    });
    expect(keys.size).toBe(0);
  });

  test.each([
    ['__metadata:', true],
    ['# yarn lockfile v1', false],
  ])('and left out a package for another system: %j, %s', async (lock, ok) => {
    await mkdir(join(release, 'node_modules/left'), { recursive: true });
    const dependencies = { ...DEPENDENCIES.dependencies, fsevents: '2' };
    expect(await finish({ dependencies }, { 'yarn.lock': lock })).toMatchObject({ ok });
    await rm(join(release, 'node_modules/left'), { recursive: true });
    expect(await finish({ dependencies }, { 'yarn.lock': lock })).toMatchObject({ ok: false });
  });

  test('and left out what is optional has succeeded', async () => {
    const optionalDependencies = { left: '1', right: '1' };
    expect(await finish({ ...DEPENDENCIES, optionalDependencies, devDependencies: { x: '1' } })).toEqual({
      ok: true,
    });
  });

  test('is one of Yarn where .pnp.cjs is there, and no more when that is gone', async () => {
    expect(await finish(DEPENDENCIES, { '.pnp.cjs': '', 'yarn.lock': '__metadata:' })).toEqual({ ok: true });
    expect(await commandWith('npm', 'yarn')).toBe('NOTHING');
    await rm(join(release, '.pnp.cjs'));
    expect(await commandWith('npm', 'yarn')).toBe('yarn install --immutable');
  });

  test('is not believed of a name that leads elsewhere', async () => {
    await mkdir(join(release, 'node_modules'));
    expect(await finish({ dependencies: { '../../release': '1' } })).toEqual({ ok: true });
  });
});

describe('A8: a member of a workspace', () => {
  let member: string;
  let other: string;

  beforeEach(async () => {
    [member = '', other = ''] = ['web', 'api'].map((name) => join(release, 'packages', name));
    await write({ private: true, workspaces: ['packages/*'] }, { 'package-lock.json': 'L' });
    for (const directory of [member, other]) {
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, 'package.json'), JSON.stringify(DEPENDENCIES));
    }
  });

  const look = async (directory: string, within: string | null = null) =>
    planInstall(directory, { path: await pathWith('npm', 'pnpm'), installs, within });

  test('is installed at the root, by the lock file there, once for all members', async () => {
    const plan = await look(member);
    expect(plan).toMatchObject({ kind: 'INSTALL', command: 'npm ci', directory: release });
    await mkdir(join(release, 'node_modules/left'), { recursive: true });
    if (plan.kind === 'INSTALL') expect(await plan.finish(0)).toEqual({ ok: true });
    expect(await look(member)).toEqual({ kind: 'NOTHING' });
    expect(await look(other)).toEqual({ kind: 'NOTHING' });
    // One misses what the others have no need of.
    await writeFile(
      join(other, 'package.json'),
      JSON.stringify({ dependencies: { ...DEPENDENCIES.dependencies, right: '1' } }),
    );
    expect(await look(member)).toEqual({ kind: 'NOTHING' });
    expect(await look(other)).toMatchObject({ kind: 'INSTALL', directory: release });
    await writeFile(join(release, 'package-lock.json'), 'other');
    expect(await look(member)).toMatchObject({ kind: 'INSTALL', directory: release });
  });

  test('of which the workspace says nothing is installed by itself', async () => {
    await write({ private: true, workspaces: ['packages/*', '!packages/web'] });
    expect(await look(member)).toMatchObject({ command: 'npm install', directory: member });
    expect(await look(other)).toMatchObject({ command: 'npm ci', directory: release });
  });

  test('whose workspace lies around APPS_DIR is installed there, and no file leads out of it', async () => {
    expect(await look(member, join(release, 'packages'))).toMatchObject({ directory: release });
    await writeFile(join(root, 'secret'), 'x');
    await symlink(join(root, 'secret'), join(release, '.npmrc'));
    expect(await look(member, join(release, 'packages'))).toMatchObject({
      kind: 'IMPOSSIBLE',
      message: expect.stringContaining(`leads out of APPS_DIR, to ${join(root, 'secret')}`),
    });
  });

  test('of pnpm is known by its lock file, and the error says what to do where pnpm does not install it', async () => {
    await write({ private: true });
    await rm(join(release, 'package-lock.json'));
    await writeFile(join(release, 'pnpm-workspace.yaml'), 'packages: [packages/web]\n');
    await writeFile(join(release, 'pnpm-lock.yaml'), 'importers:\n\n  packages/web:\n');
    expect(await look(member)).toMatchObject({
      command: 'pnpm install --frozen-lockfile',
      directory: release,
    });
    // By chance it lies below.
    expect(await look(other)).toMatchObject({ command: 'npm install', directory: other });
    await writeFile(
      join(other, 'package.json'),
      JSON.stringify({ ...DEPENDENCIES, packageManager: 'pnpm@10.0.0' }),
    );
    const plan = await look(other);
    expect(plan.kind === 'INSTALL' && (await plan.finish(0))).toEqual({
      ok: false,
      message: `pnpm ended with code 0, but did not install left: see the log, and name packages/api in ${join(release, 'pnpm-workspace.yaml')}`,
    });
  });

  test('and its configuration name variables, and an installation gets those', async () => {
    for (const [place, name] of [
      [release, 'ONE'],
      [member, 'TWO'],
    ] as const)
      await writeFile(join(place, '.npmrc'), `//registry/:_authToken=$\{${name}}`);
    expect(await look(member)).toMatchObject({ named: ['ONE', 'TWO'] });
  });
});

test.each(['', '{', '[]x', 'null', '17'])('a package.json like %j is the app’s error', async (text) => {
  await writeFile(join(release, 'package.json'), text);
  expect(await planInstall(release, { path: await pathWith('npm'), installs })).toMatchObject({
    kind: 'IMPOSSIBLE',
  });
});

test('a package.json that is nested too deeply is the app’s error', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  await writeFile(join(release, 'package.json'), `{"dependencies":{"a":"1"},"x":${deep}}`);
  await mkdir(join(release, 'node_modules'));
  keys.set(release, 'of an earlier installation');
  expect(await planInstall(release, { path: '', installs })).toEqual({
    kind: 'IMPOSSIBLE',
    message: `${release}: package.json is nested deeper than 100 levels: make it flatter`,
  });
});

test('the name of a package manager is cut', async () => {
  await write({ ...DEPENDENCIES, packageManager: 'x'.repeat(1_000_000) });
  expect(await planInstall(release, { path: '', installs })).toMatchObject({
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
      const plan = await planInstall(release, { path: await pathWith('npm'), installs, within: release });
      expect(plan).toEqual({
        kind: 'IMPOSSIBLE',
        message: `${release}: ${join(release, name)} leads out of APPS_DIR, to ${join(root, 'secret')}: put it there, or set TOEHOLD_ALLOW_OUTSIDE`,
      });
    },
  );

  test('a text that is no JSON is not quoted', async () => {
    await write(DEPENDENCIES, { 'package.json': 'root:x:0:0' });
    const plan = await planInstall(release, { path: await pathWith('npm'), installs });
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
