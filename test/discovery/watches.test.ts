import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openAppsRoot } from '../../src/discovery/apps-root.ts';
import { lookAt } from '../../src/discovery/look.ts';
import { Watches } from '../../src/discovery/watches.ts';
import { manifestText, plainApp, RELEASE, releasedApp, temporaryDirectory } from '../support/apps-dir.ts';
import { watchedInodes } from '../support/inotify.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';

const READY = 'ready';

/** Watches one app as discovery would, and notes what wakes it. */
async function watched(appsDir: string, name: string) {
  const clock = createManualClock();
  const woken: string[] = [];
  const problems: unknown[] = [];
  const watches = new Watches({
    clock,
    changed: (_, entry) => woken.push(entry ?? READY),
    refused: (error) => problems.push(error),
  });
  onTestFinished(() => watches.close());
  async function watch(): Promise<void> {
    const before = woken.filter((entry) => entry === READY).length;
    watches.set(name, (await lookAt(await openAppsRoot(appsDir, false), name))?.watch ?? []);
    await until(() => woken.filter((entry) => entry === READY).length > before, 'the watch is open');
  }
  await watch();
  woken.length = 0;
  return { clock, woken, problems, watches, watch };
}

const inodeOf = async (path: string): Promise<number> => (await stat(path)).ino;

test('A20: of the files of a release only package.json causes a look', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await releasedApp(appsDir, 'app');
  const release = join(appsDir, 'app', RELEASE);
  const { woken, problems } = await watched(appsDir, 'app');
  await mkdir(join(release, 'node_modules', 'dependency'), { recursive: true });
  for (let index = 0; index < 200; index++) {
    await writeFile(join(release, 'node_modules', 'dependency', `file-${index}.js`), 'x');
    await writeFile(join(release, `file-${index}.js`), 'x');
    await writeFile(join(release, 'app.log'), 'x', { flag: 'a' });
    await writeFile(join(release, 'node_modules', 'package.json'), `${index}`);
  }
  await rm(join(release, 'node_modules'), { recursive: true });
  // The kernel tells in order: whatever the others told is here by then.
  await writeFile(manifest, manifestText({ name: 'edited' }));
  await until(() => woken.length > 0, 'the edit is told');
  expect(new Set(woken)).toEqual(new Set(['package.json']));
  expect(problems).toEqual([]);
});

test('A20: of an app’s directory only `current`, and what it leads through, causes a look', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'app');
  const app = join(appsDir, 'app');
  const { woken } = await watched(appsDir, 'app');
  await writeFile(join(app, '.env'), 'A=1');
  await mkdir(join(app, 'data'));
  await mkdir(join(app, '20260301-000000'));
  await rm(join(app, 'current'));
  await until(() => woken.length > 0, 'the removal of current is told');
  expect(new Set(woken)).toEqual(new Set(['current']));
});

test('a release without package.json wakes with package.json alone', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await plainApp(appsDir, 'app');
  await rm(manifest);
  const { woken } = await watched(appsDir, 'app');
  await writeFile(join(appsDir, 'app', 'current', 'server.js'), '');
  await mkdir(join(appsDir, 'app', 'current', 'node_modules'));
  await writeFile(manifest, manifestText());
  await until(() => woken.length > 0, 'the new file is told');
  expect(new Set(woken)).toEqual(new Set(['package.json']));
});

test('a directory that is written to all the time is left alone for a while, and then looked at', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'app');
  const app = join(appsDir, 'app');
  const inode = await inodeOf(app);
  const { clock, woken } = await watched(appsDir, 'app');
  expect(watchedInodes()).toContain(inode);
  for (let index = 0; index < 100; index++) await writeFile(join(app, 'data.db'), `${index}`);
  await until(() => !watchedInodes().includes(inode), 'the watch is closed');
  expect(woken).toEqual([]);
  await clock.advance(2_000);
  await until(() => woken.includes(READY), 'the watch is open again');
  expect(watchedInodes()).toContain(inode);
  expect(clock.pending()).toBe(0);
});

test('a file that was replaced is watched in its new form, and once', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await plainApp(appsDir, 'app');
  const { woken, watch } = await watched(appsDir, 'app');
  for (let round = 0; round < 5; round++) {
    await rm(manifest);
    await writeFile(manifest, manifestText({ round }));
    await until(() => woken.includes(basename(manifest)), 'the replacement is told');
    await watch();
    const inode = await inodeOf(manifest);
    expect(watchedInodes().filter((each) => each === inode)).toHaveLength(1);
    woken.length = 0;
  }
});

test('what is dropped and closed is watched no more, however quickly it went to and fro', async () => {
  const appsDir = await temporaryDirectory();
  const inodes: number[] = [];
  for (let index = 0; index < 20; index++) {
    inodes.push(await inodeOf(await releasedApp(appsDir, `app-${index}`)));
    inodes.push(await inodeOf(join(appsDir, `app-${index}`)));
  }
  const root = await openAppsRoot(appsDir, false);
  const watches = new Watches({ clock: createManualClock(), changed: () => {}, refused: () => {} });
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 20; index++) {
      const targets = (await lookAt(root, `app-${index}`))?.watch ?? [];
      watches.set(`app-${index}`, targets);
      if (index % 2 === 0) watches.drop(`app-${index}`);
      if (index % 4 === 0) watches.set(`app-${index}`, targets);
    }
  }
  await watches.close();
  expect(watchedInodes().filter((each) => inodes.includes(each))).toEqual([]);
});
