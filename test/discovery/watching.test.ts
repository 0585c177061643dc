import { cp, mkdir, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestText, plainApp, RELEASE, releasedApp, temporaryDirectory } from '../support/apps-dir.ts';
import { runDiscovery } from '../support/discovery.ts';
import type { DiscoveryRecorder } from '../support/discovery-recorder.ts';
import { watchedInodes } from '../support/inotify.ts';
import { until } from '../support/until.ts';

// No rescan comes to the help of these: what is told is told because a watch saw it.

test('A20: a new app is found, in both layouts', async () => {
  const appsDir = await temporaryDirectory();
  const { recorder } = await runDiscovery(appsDir);
  await releasedApp(appsDir, 'released');
  await plainApp(appsDir, 'plain');
  await recorder.when('both', () => recorder.error('released') === null && recorder.error('plain') === null);
  expect(recorder.app('released')?.release).toBe(RELEASE);
  expect(recorder.app('plain')?.release).toBeNull();
});

test('B-20: an app that is made step by step, the symlink first', async () => {
  const appsDir = await temporaryDirectory();
  const { recorder } = await runDiscovery(appsDir);
  const app = join(appsDir, 'app');
  await mkdir(app);
  await symlink(RELEASE, join(app, 'current'));
  await recorder.when('a dangling current', () => recorder.error('app') === 'Missing package.json');
  expect(recorder.app('app')?.lostTarget).toBe(RELEASE);
  expect(recorder.app('app')?.directory).toBeNull();
  await mkdir(join(app, RELEASE));
  await recorder.when('an empty release', () => recorder.app('app')?.directory === join(app, RELEASE));
  await writeFile(join(app, RELEASE, 'package.json'), '{"scripts": {');
  await recorder.when('half a file', () => recorder.error('app')?.startsWith('Invalid JSON') === true);
  await writeFile(join(app, RELEASE, 'package.json'), '{}');
  await recorder.when('no script', () => recorder.error('app') === 'Missing scripts.toes in package.json');
  await writeFile(join(app, RELEASE, 'package.json'), manifestText());
  await recorder.when('a valid app', () => recorder.error('app') === null);
});

test('B-20: an app that is made step by step, the symlink last', async () => {
  const appsDir = await temporaryDirectory();
  const { recorder } = await runDiscovery(appsDir);
  await mkdir(join(appsDir, 'app', RELEASE), { recursive: true });
  await mkdir(join(appsDir, 'stray'));
  await plainApp(appsDir, 'other');
  await recorder.when('the one beside it', () => recorder.app('other') !== undefined);
  expect(recorder.told).not.toContain('invalid app');
  await writeFile(join(appsDir, 'app', RELEASE, 'package.json'), manifestText());
  await symlink(RELEASE, join(appsDir, 'app', 'current'));
  await recorder.when('a valid app', () => recorder.error('app') === null);
  expect(recorder.app('stray')).toBeUndefined();
});

test('B-19: edits behind `current` are seen, however the file is written', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await releasedApp(appsDir, 'app');
  const { recorder } = await runDiscovery(appsDir);
  const script = (): string | undefined => {
    const seen = recorder.app('app')?.manifest;
    return seen?.ok ? seen.manifest.script : undefined;
  };
  const text = (toes: string): string => JSON.stringify({ scripts: { toes } });
  const told = (toes: string): Promise<void> => recorder.when(toes, () => script() === toes);
  for (const round of [1, 2, 3]) {
    await writeFile(manifest, text(`in place ${round}`));
    await told(`in place ${round}`);

    await writeFile(join(appsDir, 'new.json'), text(`renamed over ${round}`));
    await rename(join(appsDir, 'new.json'), manifest);
    await told(`renamed over ${round}`);

    await rm(manifest);
    await writeFile(manifest, text(`made anew ${round}`));
    await told(`made anew ${round}`);

    await rm(manifest);
    await recorder.when('gone', () => recorder.error('app') === 'Missing package.json');
    await writeFile(manifest, text(`made later ${round}`));
    await told(`made later ${round}`);
  }
});

test('B-19: a swap of `current` is seen, whether it is renamed over or made anew', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'app');
  const app = join(appsDir, 'app');
  const { recorder } = await runDiscovery(appsDir);
  await mkdir(join(app, '20260301-000000'));
  await writeFile(join(app, '20260301-000000', 'package.json'), manifestText());
  await symlink('20260301-000000', join(app, 'next'));
  await rename(join(app, 'next'), join(app, 'current'));
  await recorder.when('the new release', () => recorder.app('app')?.release === '20260301-000000');
  await unlink(join(app, 'current'));
  await symlink(RELEASE, join(app, 'current'));
  await recorder.when('the old one again', () => recorder.app('app')?.release === RELEASE);
  expect(recorder.told.filter((what) => what.startsWith('gone') || what.startsWith('invalid'))).toEqual([]);
});

test('A20: another directory in the place of a plain `current` is reported, though nothing else differs', async () => {
  const appsDir = await temporaryDirectory();
  await plainApp(appsDir, 'app');
  const app = join(appsDir, 'app');
  const { recorder } = await runDiscovery(appsDir);
  const identity = (): string | null | undefined => recorder.app('app')?.directoryIdentity;
  for (const round of [1, 2]) {
    const before = identity();
    await cp(join(app, 'current'), join(app, 'next'), { recursive: true });
    await rename(join(app, 'current'), join(app, `before-${round}`));
    await rename(join(app, 'next'), join(app, 'current'));
    await recorder.when(`replacement ${round}`, () => identity() !== before);
  }
  // Removed and made anew: the file system may give it the inode of the one before.
  const before = identity();
  await rm(join(app, 'current'), { recursive: true });
  await plainApp(appsDir, 'app');
  await recorder.when('made anew', () => identity() !== before && recorder.error('app') === null);
  expect(recorder.told.filter((what) => what.startsWith('gone'))).toEqual([]);
});

test('B-19: another directory in the place of the release that `current` leads to', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await releasedApp(appsDir, 'app', manifestText(), 'latest');
  const { recorder } = await runDiscovery(appsDir);
  await mkdir(join(appsDir, 'app', 'next'));
  await writeFile(join(appsDir, 'app', 'next', 'package.json'), manifestText({ toes: { icon: '🐾' } }));
  await rename(dirname(manifest), join(appsDir, 'app', 'before'));
  await rename(join(appsDir, 'app', 'next'), dirname(manifest));
  const icon = (): string | null | undefined => {
    const seen = recorder.app('app')?.manifest;
    return seen?.ok ? seen.manifest.icon : undefined;
  };
  await recorder.when('the new one', () => icon() === '🐾');
  await writeFile(manifest, manifestText({ toes: { icon: '🦉' } }));
  await recorder.when('an edit of it', () => icon() === '🦉');
});

test('A20: a new icon, tool or error is reported, and nothing where nothing differs', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await releasedApp(appsDir, 'app');
  const { recorder } = await runDiscovery(appsDir);
  await writeFile(manifest, manifestText());
  await writeFile(manifest, manifestText({ version: '2.0.0' }));
  await writeFile(manifest, manifestText({ toes: { icon: '🐾', tool: 'Editor' } }));
  await recorder.when('the icon', () => recorder.told.length > 2);
  expect(recorder.told).toEqual(['APPS_DIR ok', 'seen app', 'seen app']);
  expect(recorder.app('app')?.manifest).toMatchObject({ manifest: { icon: '🐾', tool: 'Editor' } });
});

test('B-23: an error that becomes another one is reported', async () => {
  const appsDir = await temporaryDirectory();
  const manifest = await releasedApp(appsDir, 'app', '{}');
  const { recorder } = await runDiscovery(appsDir);
  expect(recorder.error('app')).toBe('Missing scripts.toes in package.json');
  await writeFile(manifest, '[]');
  await recorder.when('the other error', () => recorder.error('app') === 'package.json is not an object');
});

test('B-22: a directory that is removed is reported as gone, and one that comes back as seen', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'app');
  const { recorder } = await runDiscovery(appsDir);
  await rm(join(appsDir, 'app'), { recursive: true });
  await recorder.when('gone', () => recorder.told.includes('gone app'));
  const manifest = await releasedApp(appsDir, 'app');
  await recorder.when('back', () => recorder.error('app') === null);
  await writeFile(manifest, '[]');
  await recorder.when('an edit', () => recorder.error('app') === 'package.json is not an object');
});

test('B-22: a directory that is moved keeps its identity, and its old name goes first', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'zebra');
  const { recorder } = await runDiscovery(appsDir);
  const before = recorder.app('zebra')?.identity;
  await rename(join(appsDir, 'zebra'), join(appsDir, 'ant'));
  await recorder.when('moved', () => recorder.app('ant') !== undefined);
  expect(recorder.told.slice(2)).toEqual(['gone zebra', 'seen ant']);
  expect(recorder.app('ant')?.identity).toBe(before);
  await writeFile(join(appsDir, 'ant', RELEASE, 'package.json'), '[]');
  await recorder.when('an edit', () => recorder.error('ant') === 'package.json is not an object');
});

test('an app whose `current` is taken away is none any more', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'app');
  const { recorder } = await runDiscovery(appsDir);
  await unlink(join(appsDir, 'app', 'current'));
  await recorder.when('gone', () => recorder.told.includes('gone app'));
  await symlink(RELEASE, join(appsDir, 'app', 'current'));
  await recorder.when('back', () => recorder.error('app') === null);
});

test('A20: APPS_DIR that goes while it runs takes no app with it', async () => {
  const parent = await temporaryDirectory();
  const appsDir = join(parent, 'apps');
  await releasedApp(appsDir, 'stays');
  await releasedApp(appsDir, 'leaves');
  const { recorder } = await runDiscovery(appsDir);
  await rename(appsDir, join(parent, 'away'));
  await recorder.when('missing', () => recorder.status()?.ok === false);
  expect(recorder.told.filter((what) => what.startsWith('gone'))).toEqual([]);
  await rm(join(parent, 'away', 'leaves'), { recursive: true });
  await rename(join(parent, 'away'), appsDir);
  await recorder.when('there again', () => recorder.status()?.ok === true);
  await recorder.when('what left meanwhile', () => recorder.told.includes('gone leaves'));
  await writeFile(join(appsDir, 'stays', RELEASE, 'package.json'), '[]');
  await recorder.when('an edit', () => recorder.error('stays') === 'package.json is not an object');
  expect(recorder.told.filter((what) => what.endsWith('stays'))).toEqual(['seen stays', 'invalid stays']);
});

test('A20: an APPS_DIR that is suddenly empty takes no app with it', async () => {
  const appsDir = await temporaryDirectory();
  for (const name of ['one', 'two', 'three']) await plainApp(appsDir, name);
  const { recorder } = await runDiscovery(appsDir);
  const gone = (): string[] => recorder.told.filter((what) => what.startsWith('gone'));
  const away = await temporaryDirectory();
  for (const name of ['one', 'two', 'three']) await rename(join(appsDir, name), join(away, name));
  await recorder.when('empty', () => recorder.status()?.ok === false);
  expect(recorder.status()).toEqual({
    ok: false,
    error: `APPS_DIR ${appsDir} is empty, and 3 apps were in it. No app is stopped for it. Mount or restore it; if the apps are to go, stop them and restart the server`,
  });
  for (const name of ['one', 'two', 'three']) await rename(join(away, name), join(appsDir, name));
  await recorder.when('full again', () => recorder.status()?.ok === true);
  expect(gone().length).toBeLessThan(3);
});

test('A20: another, empty directory in the place of APPS_DIR takes no app with it', async () => {
  const parent = await temporaryDirectory();
  const appsDir = join(parent, 'apps');
  await plainApp(appsDir, 'only');
  const { discovery, recorder } = await runDiscovery(appsDir);
  await mkdir(join(parent, 'empty'));
  await rename(appsDir, join(parent, 'away'));
  await rename(join(parent, 'empty'), appsDir);
  await discovery.rescan();
  const status = recorder.status();
  expect(status?.ok === false && status.error).toContain('is empty, and 1 app was in it');
  expect(recorder.told).not.toContain('gone only');
  // One that has apps is believed.
  await plainApp(appsDir, 'other');
  await recorder.when('another app', () => recorder.told.includes('gone only'));
  expect(recorder.status()).toEqual({ ok: true });
});

test('A20: the only app that is removed is gone', async () => {
  const appsDir = await temporaryDirectory();
  await plainApp(appsDir, 'only');
  const { recorder } = await runDiscovery(appsDir);
  await rm(join(appsDir, 'only'), { recursive: true });
  await recorder.when('gone', () => recorder.told.includes('gone only'));
  expect(recorder.status()).toEqual({ ok: true });
});

test('A20: apps that a command removed leave no APPS_DIR behind that is suddenly empty', async () => {
  const appsDir = await temporaryDirectory();
  for (const name of ['one', 'two']) await plainApp(appsDir, name);
  const { discovery, recorder } = await runDiscovery(appsDir);
  for (const name of ['one', 'two']) {
    await rm(join(appsDir, name), { recursive: true });
    discovery.removed(name);
  }
  await recorder.when(
    'both are gone',
    () => recorder.app('one') === undefined && recorder.app('two') === undefined,
  );
  expect(recorder.status()).toEqual({ ok: true });
});

test('A20: an APPS_DIR that lost the apps that run is not believed at the start either', async () => {
  const appsDir = await temporaryDirectory();
  const expected = ['one', 'two'].map((name) => ({ name, identity: null }));
  const { recorder } = await runDiscovery(appsDir, { expected });
  const status = recorder.status();
  expect(status?.ok === false && status.error).toContain('is empty, and 2 apps were in it');
  await plainApp(appsDir, 'one');
  await recorder.when('one of them', () => recorder.error('one') === null);
  expect(recorder.status()).toEqual({ ok: true });
});

test('A20: another file system counts as missing until every app is in it', async () => {
  const appsDir = await temporaryDirectory();
  for (const name of ['one', 'other']) await plainApp(appsDir, name);
  // As an app is known that lay on another device: no test may mount one.
  const expected = ['one', 'two'].map((name) => ({ name, identity: `1:${name.length}:3` }));
  const { recorder } = await runDiscovery(appsDir, { expected });
  const status = recorder.status();
  expect(status?.ok === false && status.error).toContain(
    `APPS_DIR ${appsDir} is another file system than before, without 1 of 2 apps. No app is stopped for it.`,
  );
  expect(recorder.told).toEqual(['APPS_DIR missing']);
  await plainApp(appsDir, 'two');
  await recorder.when('all of them', () => recorder.error('two') === null);
  expect(recorder.status()).toEqual({ ok: true });
});

test('a rename by command is not reported, and the new name is watched', async () => {
  const appsDir = await temporaryDirectory();
  await releasedApp(appsDir, 'app');
  const { discovery, recorder } = await runDiscovery(appsDir);
  await rename(join(appsDir, 'app'), join(appsDir, 'other'));
  discovery.renamed('app', 'other');
  await releasedApp(appsDir, 'sentinel');
  await recorder.when('the app that came later', () => recorder.error('sentinel') === null);
  await discovery.rescan();
  await writeFile(join(appsDir, 'other', RELEASE, 'package.json'), '[]');
  await recorder.when('an edit', () => recorder.error('other') === 'package.json is not an object');
  expect(recorder.told.slice(1)).toEqual(['seen app', 'seen sentinel', 'invalid other']);
});

test('an app that lies elsewhere is watched there, where that is allowed', async () => {
  const appsDir = await temporaryDirectory();
  const elsewhere = await temporaryDirectory();
  const manifest = await releasedApp(elsewhere, 'real');
  await symlink(join(elsewhere, 'real'), join(appsDir, 'app'));
  const { recorder } = await runDiscovery(appsDir, { allowOutside: true });
  expect(recorder.error('app')).toBeNull();
  await writeFile(manifest, '[]');
  await recorder.when('an edit', () => recorder.error('app') === 'package.json is not an object');
});

/** Points a symlink elsewhere in one step, as `ln -sfn` and `mv -T` do. */
async function retarget(link: string, target: string): Promise<void> {
  await symlink(target, `${link}.next`);
  await rename(`${link}.next`, link);
}

async function release(directory: string, icon: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), manifestText({ toes: { icon } }));
}

/** Until what was there at the start is watched, and the looks that follow the opening of a watch are done. */
async function watched(recorder: DiscoveryRecorder, appsDir: string, app: string): Promise<void> {
  const { ino } = await stat(app);
  await until(() => watchedInodes().includes(ino), 'the app is watched');
  await releasedApp(appsDir, 'sentinel');
  await recorder.when('an app that came later', () => recorder.error('sentinel') === null);
}

/** How an app comes to its release, and what makes it another one; `outside` is a directory beside APPS_DIR. */
const CHAINS: readonly (readonly [
  title: string,
  chain: {
    readonly lay: (app: string, outside: string) => Promise<void>;
    readonly change: (app: string, outside: string) => Promise<void>;
  },
])[] = [
  [
    'a second link in its directory',
    {
      lay: async (app) => {
        await symlink('one', join(app, 'latest'));
        await symlink('latest', join(app, 'current'));
      },
      change: (app) => retarget(join(app, 'latest'), 'two'),
    },
  ],
  [
    'a link in a directory below',
    {
      lay: async (app) => {
        await mkdir(join(app, 'channels'));
        await symlink('../one', join(app, 'channels', 'stable'));
        await symlink('channels/stable', join(app, 'current'));
      },
      change: (app) => retarget(join(app, 'channels', 'stable'), '../two'),
    },
  ],
  [
    'a directory below that is replaced',
    {
      lay: async (app) => {
        await mkdir(join(app, 'releases'));
        await rename(join(app, 'one'), join(app, 'releases', 'live'));
        await symlink('releases/live', join(app, 'current'));
      },
      change: async (app) => {
        await rename(join(app, 'releases', 'live'), join(app, 'releases', 'before'));
        await rename(join(app, 'two'), join(app, 'releases', 'live'));
      },
    },
  ],
  [
    'a link that another link on the way goes through',
    {
      lay: async (app, outside) => {
        await symlink(app, join(outside, 'home'));
        await symlink('home/one', join(outside, 'live'));
        await symlink(join(outside, 'live'), join(app, 'current'));
      },
      change: async (app, outside) => {
        await mkdir(join(app, 'moved'));
        await rename(join(app, 'two'), join(app, 'moved', 'one'));
        await retarget(join(outside, 'home'), join(app, 'moved'));
      },
    },
  ],
  [
    'a link outside of APPS_DIR that is made later',
    {
      lay: (app, outside) => symlink(join(outside, 'live'), join(app, 'current')),
      change: (app, outside) => symlink(join(app, 'two'), join(outside, 'live')),
    },
  ],
  [
    'a package.json that is a link',
    {
      lay: async (app) => {
        await symlink('../one/package.json', join(app, 'manifest'));
        await mkdir(join(app, 'release'));
        await symlink('../manifest', join(app, 'release', 'package.json'));
        await symlink('one/package.json', join(app, 'next'));
        await rename(join(app, 'next'), join(app, 'manifest'));
        await symlink('release', join(app, 'current'));
      },
      change: (app) => retarget(join(app, 'manifest'), 'two/package.json'),
    },
  ],
];

test.for(CHAINS)('A20: each link of a chain is watched: %s', async ([, { lay, change }]) => {
  const appsDir = await temporaryDirectory();
  const outside = await temporaryDirectory();
  const app = join(appsDir, 'app');
  await release(join(app, 'one'), '🥇');
  await release(join(app, 'two'), '🥈');
  await lay(app, outside);
  const { recorder } = await runDiscovery(appsDir, { allowOutside: true });
  const icon = (): string | null | undefined => {
    const seen = recorder.app('app')?.manifest;
    return seen?.ok ? seen.manifest.icon : undefined;
  };
  expect(recorder.told).toHaveLength(2);
  await watched(recorder, appsDir, app);
  await change(app, outside);
  await recorder.when('the second one', () => icon() === '🥈');
});

test('A20: each link of a chain is watched: an app that is a link to a link', async () => {
  const appsDir = await temporaryDirectory();
  const outside = await temporaryDirectory();
  for (const name of ['one', 'two']) await plainApp(outside, name);
  await symlink('one', join(outside, 'live'));
  await symlink(join(outside, 'live'), join(appsDir, 'app'));
  const { recorder } = await runDiscovery(appsDir, { allowOutside: true });
  expect(recorder.app('app')?.directory).toBe(join(outside, 'one', 'current'));
  await watched(recorder, appsDir, join(outside, 'one'));
  await retarget(join(outside, 'live'), 'two');
  await recorder.when('the other', () => recorder.app('app')?.directory === join(outside, 'two', 'current'));
});
