import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestText, plainApp, RELEASE, releasedApp, temporaryDirectory } from '../support/apps-dir.ts';
import { type Follower, startFollower } from '../support/follower.ts';
import { until } from '../support/until.ts';

/** Nobody's usual user id, to whom permissions mean something; this process, where it is not root. */
const SOMEBODY = process.getuid?.() === 0 ? 65_534 : undefined;

/** A user namespace of its own has a limit of inotify watches of its own. */
const LIMITED = ['unshare', '-Ur', 'sh', '-c', 'echo 4 >/proc/sys/user/max_inotify_watches; exec "$@"', 'sh'];
const canLimit =
  spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 4 >/proc/sys/user/max_inotify_watches']).status === 0;

async function inodes(...paths: string[]): Promise<number[]> {
  return (await Promise.all(paths.map(async (path) => (await stat(path)).ino))).sort();
}

/** The watches, as soon as there are so many. */
async function watches(follower: Follower, count: number): Promise<number[]> {
  return until(async () => {
    follower.send('watches');
    const found = (await follower.next('watches')) as number[];
    return found.length === count && found.sort();
  }, `${count} watches`);
}

test('B-24: an app with 20,000 files in node_modules takes two watches, and APPS_DIR takes one', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await releasedApp(appsDir, 'app');
  const modules = join(dirname(manifest), 'node_modules');
  await mkdir(modules);
  execFileSync('sh', ['-c', 'for d in $(seq 200); do mkdir $d; (cd $d; touch $(seq 100)); done'], {
    cwd: modules,
  });
  const plain = await plainApp(appsDir, 'plain');
  execFileSync('cp', ['-r', join(modules, '1'), join(dirname(plain), 'node_modules')]);

  const follower = startFollower(appsDir);
  await follower.next('started');
  expect(await watches(follower, 5)).toEqual(
    await inodes(appsDir, join(appsDir, 'app'), manifest, join(appsDir, 'plain'), plain),
  );

  const told = follower.lines.filter((line) => 'seen' in line).length;
  execFileSync('sh', ['-c', 'rm -r node_modules; mkdir node_modules; touch node_modules/a b'], {
    cwd: dirname(manifest),
  });
  await writeFile(plain, '[]');
  expect(await follower.next('seen')).toMatchObject({ name: 'plain' });
  expect(await watches(follower, 5)).toContain((await stat(manifest)).ino);
  expect(follower.lines.filter((line) => 'seen' in line)).toHaveLength(told + 1);
  expect(await follower.end()).toBe(0);
  expect(follower.lines.at(-1)).toEqual({ left: [] });
});

test.skipIf(!canLimit)(
  'B-24: watches that the system refuses are told once, and the rescan goes on',
  async () => {
    const appsDir = await temporaryDirectory();
    for (let index = 0; index < 10; index++) await releasedApp(appsDir, `app-${index}`);
    const follower = startFollower(appsDir, { wrapper: LIMITED });
    const warning = await follower.next('warning');
    expect(warning).toMatch(
      /^Files cannot be watched: ENOSPC.*raise fs\.inotify\.max_user_watches.*changes are found every 3600 s$/,
    );
    for (let index = 0; index < 10; index++) {
      await writeFile(join(appsDir, `app-${index}`, RELEASE, 'package.json'), '[]');
    }
    for (const _ of [1, 2, 3]) {
      follower.send('rescan');
      await follower.next('rescanned');
    }
    const invalid = follower.lines.filter(
      ({ seen }) => typeof seen === 'object' && JSON.stringify(seen).includes('is not an object'),
    );
    expect(invalid).toHaveLength(10);
    expect(follower.lines.filter((line) => 'warning' in line)).toHaveLength(1);
    expect(await follower.end()).toBe(0);
  },
);

test('B-24: a directory that cannot be read is reported, ends nothing, and is found when it can be read', async () => {
  const parent = await temporaryDirectory();
  await chmod(parent, 0o755);
  const appsDir = join(parent, 'apps');
  const manifest = await releasedApp(appsDir, 'unreadable-file');
  await releasedApp(appsDir, 'unreadable-app');
  await releasedApp(appsDir, 'unreadable-release');
  await releasedApp(appsDir, 'readable');
  await mkdir(join(appsDir, 'lost+found'));
  await chmod(manifest, 0);
  await chmod(join(appsDir, 'unreadable-app'), 0);
  await chmod(join(appsDir, 'unreadable-release', RELEASE), 0);
  await chmod(join(appsDir, 'lost+found'), 0);
  const follower = startFollower(appsDir, { user: SOMEBODY });
  await follower.next('started');
  const seen = () =>
    Object.fromEntries(
      follower.lines
        .map((line) => line.seen as { name: string; manifest: { ok: boolean; error?: string } } | undefined)
        .filter((each) => each !== undefined)
        .map(({ name, manifest: { error } }) => [name, error ?? 'valid']),
    );
  expect(seen()).toEqual({
    readable: 'valid',
    'unreadable-app': expect.stringMatching(/^The directory cannot be read: EACCES/),
    'unreadable-file': 'Missing package.json',
    'unreadable-release': 'Missing package.json',
  });

  await chmod(appsDir, 0);
  follower.send('rescan');
  expect(await follower.next('appsDir')).toEqual({
    ok: false,
    error: expect.stringMatching(/^APPS_DIR .* cannot be read: EACCES/),
  });
  await follower.next('rescanned');
  // Names that can be listed and not looked up are no better.
  await chmod(appsDir, 0o744);
  follower.send('rescan');
  await follower.next('rescanned');
  expect(follower.lines.some((line) => 'gone' in line)).toBe(false);

  await chmod(appsDir, 0o755);
  await chmod(manifest, 0o644);
  await chmod(join(appsDir, 'unreadable-app'), 0o755);
  await chmod(join(appsDir, 'unreadable-release', RELEASE), 0o755);
  follower.send('rescan');
  expect(await follower.next('appsDir')).toEqual({ ok: true });
  await follower.next('rescanned');
  expect(new Set(Object.values(seen()))).toEqual(new Set(['valid']));

  await writeFile(manifest, manifestText({ toes: { icon: '🐾' } }));
  expect(JSON.stringify(await follower.next('seen'))).toContain('🐾');
  expect(follower.lines.filter((line) => 'warning' in line || 'gone' in line)).toEqual([]);
  expect(await follower.end()).toBe(0);
});
