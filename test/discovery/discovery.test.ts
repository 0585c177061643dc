import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AppDiscovery } from '../../src/discovery/index.ts';
import { manifestText, plainApp, RELEASE, releasedApp, temporaryDirectory } from '../support/apps-dir.ts';
import { runDiscovery } from '../support/discovery.ts';
import { AppDiscoveryRecorder } from '../support/discovery-recorder.ts';
import { watchedInodes } from '../support/inotify.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';

test('A6: the first look reports everything, in order, before start resolves', async () => {
  const appsDir = await temporaryDirectory();
  for (const name of ['charlie', 'alpha', 'bravo']) await releasedApp(appsDir, name);
  await plainApp(appsDir, 'delta', '{}');
  const { recorder } = await runDiscovery(appsDir, { clock: createManualClock() });
  expect(recorder.told).toEqual(['APPS_DIR ok', 'seen alpha', 'seen bravo', 'seen charlie', 'invalid delta']);
});

test('A20: a rescan every 30 s finds what no watch found, and reports only what differs', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'app');
  const clock = createManualClock();
  const { discovery, recorder } = await runDiscovery(appsDir, { clock });
  await discovery.rescan();
  await discovery.rescan();
  expect(recorder.told).toEqual(['APPS_DIR ok', 'seen app']);
  for (const name of ['second', 'third']) {
    await releasedApp(appsDir, name);
    // Not by the settled events of the watches: these fall due first, and all at once.
    await clock.advance(30_000);
    await recorder.when(name, () => recorder.app(name) !== undefined);
    await discovery.rescan();
  }
  await rm(join(appsDir, 'second'), { recursive: true });
  await discovery.rescan();
  expect(recorder.told.slice(2)).toEqual(['seen second', 'seen third', 'gone second']);
});

test('B-21: a torn read of a valid app is read again before anything is reported', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await releasedApp(appsDir, 'app');
  const clock = createManualClock();
  const { discovery, recorder } = await runDiscovery(appsDir, { clock, settle: 200 });
  // The timer of the rescan, and the one that settles what the watches told of.
  const marked = (): Promise<boolean> => until(() => clock.pending() === 2, 'an event of the file');
  await marked();
  await clock.advance(200);
  await discovery.rescan();

  await writeFile(manifest, '{"scripts": {');
  await marked();
  await clock.advance(200);
  await marked();
  expect(recorder.told).toEqual(['APPS_DIR ok', 'seen app']);
  // Torn at the second look too, but otherwise: somebody is still writing.
  for (const content of ['', '{"scripts"', '{"scripts": {"toes"']) {
    await writeFile(manifest, content);
    await clock.advance(200);
    await marked();
    expect(recorder.told).toEqual(['APPS_DIR ok', 'seen app']);
  }
  await writeFile(manifest, manifestText({ toes: { icon: '🐾' } }));
  await clock.advance(200);
  await recorder.when('the whole file', () => recorder.told.length > 2);
  expect(recorder.told).toEqual(['APPS_DIR ok', 'seen app', 'seen app']);

  await writeFile(manifest, '{"scripts": {');
  await marked();
  await clock.advance(200);
  await marked();
  await clock.advance(200);
  await recorder.when('what stays torn', () => recorder.error('app') !== null);
  await writeFile(manifest, manifestText());
  await discovery.rescan();
  expect(recorder.error('app')).toBeNull();
});

test('B-24: a missing APPS_DIR is reported at boot, and found when it appears', async () => {
  const appsDir = join(await temporaryDirectory(), 'later');
  const clock = createManualClock();
  const { recorder } = await runDiscovery(appsDir, { clock });
  expect(recorder.status()).toEqual({
    ok: false,
    error: `APPS_DIR ${appsDir} is missing: make it, or set APPS_DIR to another directory`,
  });
  await releasedApp(appsDir, 'app');
  await clock.advance(1_000);
  await recorder.when('the app', () => recorder.app('app') !== undefined);
  expect(recorder.told).toEqual(['APPS_DIR missing', 'APPS_DIR ok', 'seen app']);
});

test('B-24: an APPS_DIR that is a file, a loop or a pipe is reported, and no app is gone for it', async () => {
  const parent = await temporaryDirectory();
  const appsDir = join(parent, 'apps');
  await releasedApp(appsDir, 'app');
  const { discovery, recorder, warnings } = await runDiscovery(appsDir, { clock: createManualClock() });
  await rename(appsDir, join(parent, 'away'));
  await discovery.rescan();
  const errors: string[] = [];
  for (const make of [
    () => writeFile(appsDir, ''),
    () => symlink('apps', appsDir),
    async () => void execFileSync('mkfifo', [appsDir]),
  ]) {
    await make();
    await discovery.rescan();
    const status = recorder.status();
    errors.push(status?.ok === false ? status.error : 'ok');
    await rm(appsDir);
  }
  expect(errors[0]).toBe(`APPS_DIR ${appsDir} is not a directory: set it to one`);
  expect(errors[1]).toContain('is missing');
  expect(errors[2]).toContain('is not a directory');
  await rename(join(parent, 'away'), appsDir);
  await discovery.rescan();
  expect(recorder.told.filter((what) => what.endsWith('app'))).toEqual(['seen app']);
  expect(recorder.status()).toEqual({ ok: true });
  expect(warnings).toEqual([]);
});

test('A3: whatever lies in APPS_DIR, the valid app is found, and nothing ends the process', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'valid');
  await writeFile(join(appsDir, 'file'), '');
  await symlink('loop', join(appsDir, 'loop'));
  execFileSync('mkfifo', [join(appsDir, 'pipe')]);
  await mkdir(join(appsDir, 'stray'));
  await plainApp(appsDir, '.hidden');
  await plainApp(appsDir, 'Upper');
  await plainApp(appsDir, 'empty', '');
  const pipe = await plainApp(appsDir, 'manifest-pipe');
  await rm(pipe);
  execFileSync('mkfifo', [pipe]);
  const odd = Buffer.concat([Buffer.from(`${appsDir}/odd`), Buffer.from([0xff])]);
  const oddCurrent = Buffer.concat([odd, Buffer.from('/current')]);
  await mkdir(odd);
  await mkdir(oddCurrent);
  const { discovery, recorder, warnings } = await runDiscovery(appsDir, { clock: createManualClock() });
  await discovery.rescan();
  expect(recorder.told.sort()).toEqual([
    'APPS_DIR ok',
    'invalid Upper',
    'invalid empty',
    'invalid manifest-pipe',
    'invalid odd\\xff',
    'seen valid',
  ]);
  expect(recorder.error('manifest-pipe')).toBe('Missing package.json');
  expect(warnings).toEqual([]);
  await rmdir(oddCurrent);
  await rmdir(odd);
  await discovery.rescan();
  expect(recorder.told.at(-1)).toBe('gone odd\\xff');
});

test('a rename by command is not reported, not even where a look was under way', async () => {
  const appsDir = await temporaryDirectory();
  const names = Array.from({ length: 100 }, (_, index) => `app-${index}`);
  for (const name of names) await releasedApp(appsDir, name);
  const { discovery, recorder } = await runDiscovery(appsDir, { clock: createManualClock() });
  const before = recorder.told.length;
  for (let round = 0; round < 10; round++) {
    const [from, to] = round % 2 === 0 ? ['app-50', 'renamed'] : ['renamed', 'app-50'];
    const looking = discovery.rescan();
    await rename(join(appsDir, from), join(appsDir, to));
    discovery.renamed(from, to);
    await looking;
  }
  await discovery.rescan();
  expect(recorder.told.slice(before)).toEqual([]);
  await rename(join(appsDir, 'app-50'), join(appsDir, 'renamed'));
  discovery.renamed('app-50', 'renamed');
  await writeFile(join(appsDir, 'renamed', RELEASE, 'package.json'), '[]');
  await discovery.rescan();
  expect(recorder.told.slice(before)).toEqual(['invalid renamed']);
  expect(recorder.app('renamed')?.directory).toBe(join(appsDir, 'renamed', RELEASE));
});

test('what was reported of the new name before a rename was made known is reported again', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'app');
  const { discovery, recorder } = await runDiscovery(appsDir, { clock: createManualClock() });
  await rename(join(appsDir, 'app'), join(appsDir, 'other'));
  await discovery.rescan();
  discovery.renamed('app', 'other');
  await discovery.rescan();
  expect(recorder.told.slice(1)).toEqual(['seen app', 'gone app', 'seen other', 'seen other']);
});

test('B-27: an observer that throws still gets the next report', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'app');
  await releasedApp(appsDir, 'other');
  const seen: string[] = [];
  const warnings: string[] = [];
  const clock = createManualClock();
  const times = { watchSettle: 200, rescanInterval: 30_000, goneAfter: 2_000 };
  const warn = (message: string): void => void warnings.push(message);
  const discovery = new AppDiscovery({ appsDir, allowOutside: false, clock, times, warn });
  const recorder = AppDiscoveryRecorder();
  await discovery.start({
    ...recorder,
    seen({ name }) {
      seen.push(name);
      throw new Error('not mine');
    },
  });
  await discovery.close();
  expect(seen).toEqual(['app', 'other']);
  expect(warnings).toEqual(Array(2).fill('A change that discovery found was not accepted: not mine'));
});

test('after close, it reports nothing and leaves neither a watch nor a timer', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await releasedApp(appsDir, 'app');
  const clock = createManualClock();
  const { discovery, recorder } = await runDiscovery(appsDir, { clock });
  const inodes = await Promise.all(
    [appsDir, join(appsDir, 'app'), manifest].map(async (path) => (await stat(path)).ino),
  );
  await until(() => inodes.every((inode) => watchedInodes().includes(inode)), 'the watches are open');
  const rescan = discovery.rescan();
  await writeFile(manifest, '[]');
  await discovery.close();
  await rescan;
  await discovery.rescan();
  discovery.renamed('app', 'other');
  expect(recorder.told).toEqual(['APPS_DIR ok', 'seen app']);
  expect(watchedInodes().filter((inode) => inodes.includes(inode))).toEqual([]);
  expect(clock.pending()).toBe(0);
});

test('closed at once, it leaves no watch that was on its way', async () => {
  const appsDir = await temporaryDirectory();
  const inodes = [(await stat(appsDir)).ino];
  for (let index = 0; index < 40; index++)
    inodes.push((await stat(await releasedApp(appsDir, `a${index}`))).ino);
  for (let round = 0; round < 5; round++) {
    const clock = createManualClock();
    const { discovery } = await runDiscovery(appsDir, { clock });
    await discovery.close();
    expect(watchedInodes().filter((inode) => inodes.includes(inode))).toEqual([]);
    expect(clock.pending()).toBe(0);
  }
});

test('a rescan costs in proportion to the number of apps, and the loop turns meanwhile', async () => {
  const appsDir = await temporaryDirectory();
  for (let index = 0; index < 1_000; index++) await releasedApp(appsDir, `app-${index}`);
  const few = await temporaryDirectory();
  for (let index = 0; index < 100; index++) await releasedApp(few, `app-${index}`);
  const clock = createManualClock();
  const all = await runDiscovery(appsDir, { clock });
  const part = await runDiscovery(few, { clock });
  expect(all.recorder.told).toHaveLength(1_001);

  /** The least of several, in microseconds of processor time, so that other programs hardly count. */
  async function costOf(discovery: { rescan(): Promise<void> }): Promise<number> {
    const costs: number[] = [];
    for (let round = 0; round < 5; round++) {
      const before = process.cpuUsage();
      await discovery.rescan();
      const { user, system } = process.cpuUsage(before);
      costs.push(user + system);
    }
    return Math.min(...costs);
  }
  expect((await costOf(all.discovery)) / (await costOf(part.discovery))).toBeLessThan(30);

  let turns = 0;
  const turn = (): void => {
    turns++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  await all.discovery.rescan();
  clearImmediate(next);
  expect(turns).toBeGreaterThan(30);
  expect(all.recorder.told).toHaveLength(1_001);
});
