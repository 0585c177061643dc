import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppDirectories } from '../../src/discovery/app-directories.ts';
import { isRoot, nobody, nobodyInGroups, own } from '../drivers/local/user-harness.ts';
import { whileSwappingOnce } from '../host/exchanging.ts';
import { manifestText, plainApp, RELEASE, releasedApp, temporaryDirectory } from '../support/apps-dir.ts';
import { createManualClock } from '../support/manual-clock.ts';

const NOON = Date.UTC(2026, 6, 1, 12, 0, 0);
const NEXT = '20260301-000000';
const TRIES = 2;

/** APPS_DIR in a directory that everybody may pass, and beside it a directory of root's with 21 files. */
async function setUp(userOf = nobody, options: { allowOutside?: boolean } = {}) {
  const base = await temporaryDirectory();
  await chmod(base, 0o755);
  const appsDir = join(base, 'apps');
  const secrets = join(base, 'root');
  for (const directory of [appsDir, secrets]) await mkdir(directory);
  for (let index = 0; index < 21; index++) await writeFile(join(secrets, `file${index}`), 'of root');
  const warnings: string[] = [];
  const clock = createManualClock(NOON);
  const user = userOf();
  const files = new AppDirectories({
    ...{ appsDir, clock, allowOutside: false, user, ...options },
    warn: (message) => void warnings.push(message),
  });
  return { base, appsDir, secrets, warnings, clock, user, files };
}

/** Directories that their owner must open first, a path that is longer than the system takes, names that are no text. */
const ODD_TREE = `
const fs = require('node:fs');
process.chdir(process.argv[1]);
fs.mkdirSync('closed/inner', { recursive: true });
fs.writeFileSync('closed/inner/file', '');
fs.writeFileSync(Buffer.from([0xff, 0xfe]), '');
fs.writeFileSync('-rf', '');
fs.chmodSync('closed/inner', 0);
fs.chmodSync('closed', 0o500);
for (let depth = 0; depth < 60; depth++) {
  fs.mkdirSync('d'.repeat(100));
  process.chdir('d'.repeat(100));
}`;

/**
 * Fills a directory, and root's with 21 files of the names that are listed last. Whoever lists the one and then
 * removes what was listed, by its path, removes root's files once the directory is a symlink.
 */
async function fill(directory: string, secrets: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (let index = 0; index < 3_000; index++) writeFileSync(join(directory, `file${index}`), '');
  await rm(secrets, { recursive: true });
  await mkdir(secrets);
  for (const name of (await readdir(directory)).slice(-21)) await writeFile(join(secrets, name), 'of root');
}

const tried = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: Error) => error.message,
  );

const owner = async (path: string): Promise<number> => (await lstat(path)).uid;

if (!isRoot) {
  test('without root, changes are made as the user of the process', async () => {
    const appsDir = await temporaryDirectory();
    await plainApp(appsDir, 'app');
    const files = new AppDirectories({ appsDir, clock: createManualClock(NOON), allowOutside: false });
    await files.rename('app', 'other');
    expect(await readdir(appsDir)).toEqual(['other']);
  });
}

describe.runIf(isRoot).each([
  ['a user', nobody],
  ['a user with supplementary groups', nobodyInGroups],
])('in an APPS_DIR of %s', (_who, userOf) => {
  async function setUpOwned() {
    const all = await setUp(userOf);
    await releasedApp(all.appsDir, 'app');
    await mkdir(join(all.appsDir, 'app', NEXT));
    own(all.user, all.appsDir);
    return all;
  }

  test('everything is done as that user', async () => {
    const { appsDir, files, user, warnings } = await setUpOwned();
    const app = join(appsDir, 'app');
    await files.writeIcon('app', '🐾');
    expect(await owner(join(app, RELEASE, 'package.json'))).toBe(user.uid);
    expect(await files.look('app')).toMatchObject({ manifest: { manifest: { icon: '🐾' } } });
    await files.activate('app', NEXT);
    expect(await readlink(join(app, 'current'))).toBe(NEXT);
    expect(await owner(join(app, 'current'))).toBe(user.uid);
    await symlink('x', join(app, '.current.toehold-new'));
    await files.removeStrays('app');
    expect((await readdir(app)).sort()).toEqual([RELEASE, NEXT, 'current']);
    await files.rename('app', 'other');
    expect(await tried(files.rename('other', 'other'))).toContain('APPS_DIR has something named other');
    const trashed = await files.trash('other');
    expect([await owner(join(appsDir, '.trash')), await owner(trashed)]).toEqual([user.uid, user.uid]);
    await files.restore(trashed, 'app');
    await files.trash('app');
    await files.emptyTrash(-1);
    expect(await readdir(join(appsDir, '.trash'))).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('a directory without permissions, a deep tree and odd names are removed', async () => {
    const { appsDir, files, user, warnings } = await setUpOwned();
    execFileSync(process.execPath, ['-e', ODD_TREE, join(appsDir, 'app')], {
      ...{ uid: user.uid, gid: user.gid, cwd: '/' },
    });
    await files.trash('app');
    await files.emptyTrash(-1);
    expect(warnings).toEqual([]);
    expect(await readdir(join(appsDir, '.trash'))).toEqual([]);
  });

  test('what is root’s in a trashed app stays, and a warning says whose it is', async () => {
    const { appsDir, files, warnings } = await setUpOwned();
    await mkdir(join(appsDir, 'app', 'made'));
    await writeFile(join(appsDir, 'app', 'made', 'file'), 'of root');
    const trashed = await files.trash('app');
    await files.emptyTrash(-1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/cannot be removed: .*made.* belongs to another user \(uid 0\)/);
    expect(await readFile(join(trashed, 'made', 'file'), 'utf8')).toBe('of root');
  });

  test('a .trash of root’s is not given away, and the error says what to do', async () => {
    const { appsDir, files } = await setUpOwned();
    await mkdir(join(appsDir, '.trash'), { mode: 0o700 });
    expect(await tried(files.trash('app'))).toBe(
      `nobody, as whom apps run (TOEHOLD_APP_USER), may not change what is in ${appsDir}/.trash: give it to that user (chown -R)`,
    );
    expect(await files.look('app')).not.toBeNull();
  });

  test('root’s files outlive an app that swaps a directory while its trash is emptied', async () => {
    const { appsDir, secrets, files, user } = await setUpOwned();
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const directory = join(appsDir, 'victim', 'directory');
      await fill(directory, secrets);
      own(user, join(appsDir, 'victim'));
      const trashed = await files.trash('victim');
      await whileSwappingOnce(user, join(trashed, 'directory'), secrets, () => files.emptyTrash(-1));
      await rm(trashed, { recursive: true, force: true });
      expect((await readdir(secrets)).length).toBe(21);
    }
  });

  test('what only root could move is not moved, from the trash neither', async () => {
    const { appsDir, files } = await setUpOwned();
    await chown(join(appsDir, 'app'), 0, 0);
    expect(await tried(files.trash('app'))).toContain('may not change what is in');
    await chown(join(appsDir, 'app'), userOf().uid, 0);
    const trashed = await files.trash('app');
    await chown(trashed, 0, 0);
    expect(await tried(files.restore(trashed, 'app'))).toContain('may not change what is in');
    expect(await readdir(appsDir)).toEqual(['.trash']);
  });
});

describe.runIf(isRoot)('in an APPS_DIR of root’s', () => {
  test('apps are moved by root, what is theirs is changed and removed by their user', async () => {
    const { appsDir, secrets, files, user, warnings } = await setUp();
    await releasedApp(appsDir, 'app');
    own(user, join(appsDir, 'app'));
    await files.writeIcon('app', '🐾');
    expect(await owner(join(appsDir, 'app', RELEASE, 'package.json'))).toBe(user.uid);
    await files.rename('app', 'other');
    const trashed = await files.trash('other');
    expect((await stat(join(appsDir, '.trash'))).uid).toBe(0);
    await files.restore(trashed, 'app');
    await symlink(secrets, join(appsDir, 'app', 'link'));
    await files.trash('app');
    await files.emptyTrash(-1);
    expect(await readdir(join(appsDir, '.trash'))).toEqual([]);
    expect(await readdir(secrets)).toHaveLength(21);
    expect(warnings).toEqual([]);
  });

  test('an app of root’s is changed and removed by root, but not what lies in a directory of the user’s', async () => {
    const { appsDir, files, user, warnings } = await setUp();
    await releasedApp(appsDir, 'app');
    await mkdir(join(appsDir, 'app', 'data', 'mine'), { recursive: true });
    await chown(join(appsDir, 'app', 'data'), user.uid, user.gid);
    await files.writeIcon('app', '🐾');
    expect(await owner(join(appsDir, 'app', RELEASE, 'package.json'))).toBe(0);
    const trashed = await files.trash('app');
    await writeFile(join(trashed, 'data', 'mine', 'file'), 'of root');
    await files.emptyTrash(-1);
    expect(warnings.join()).toContain('mine in it belongs to another user (uid 0)');
    await rm(join(trashed, 'data', '.toehold-removing'), { recursive: true, force: true });
    await rm(join(trashed, 'data', 'mine'), { recursive: true, force: true });
    await files.emptyTrash(-1);
    expect(await readdir(join(appsDir, '.trash'))).toEqual([]);
  });

  test('root’s files outlive an app that swaps a directory while root’s trash is emptied', async () => {
    const { appsDir, secrets, files, user } = await setUp();
    for (let attempt = 0; attempt < TRIES; attempt++) {
      await fill(join(appsDir, 'victim', 'inner', 'directory'), secrets);
      own(user, join(appsDir, 'victim'));
      const trashed = await files.trash('victim');
      // What has run in the directory since before the removal still reaches it.
      const inner = join(trashed, 'inner');
      await whileSwappingOnce(user, 'directory', secrets, () => files.emptyTrash(-1), inner);
      await rm(trashed, { recursive: true, force: true });
      expect((await readdir(secrets)).length).toBe(21);
    }
  });
});

describe.runIf(isRoot)('a package.json that its user could not read', () => {
  test.each<[string, (secret: string, manifest: string) => Promise<void>]>([
    ['a symlink', symlink],
    ['a hard link', link],
  ])('is not read behind %s', async (_how, make) => {
    const { base, appsDir, files, user } = await setUp(nobody, { allowOutside: true });
    const secret = join(base, 'root', 'package.json');
    await writeFile(secret, manifestText({ toes: { label: 'hidden' } }), { mode: 0o600 });
    const manifest = await plainApp(appsDir, 'app');
    own(user, join(appsDir, 'app'));
    await rm(manifest);
    await make(secret, manifest);
    const look = await files.look('app');
    expect(JSON.stringify(look)).not.toContain('hidden');
    expect(look?.manifest).toMatchObject({
      ok: false,
      error: expect.stringContaining('may not be read by nobody'),
    });
    expect(await tried(files.writeIcon('app', '🐾'))).toContain('may not be read by nobody');
  });

  test('is read where root put it there', async () => {
    const { appsDir, files } = await setUp();
    await chmod(await plainApp(appsDir, 'app'), 0o600);
    expect(await files.look('app')).toMatchObject({ manifest: { ok: true } });
  });
});
