import { mkdir, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NAME_RULE } from '../../src/core/app.ts';
import { AppDirectories } from '../../src/discovery/app-directories.ts';
import { plainApp, RELEASE, releasedApp, temporaryDirectory } from '../support/apps-dir.ts';
import { createManualClock } from '../support/manual-clock.ts';

const NOON = Date.UTC(2026, 6, 1, 12, 0, 0);
const DAY = 86_400_000;

async function setUp(allowOutside = false) {
  const appsDir = await temporaryDirectory();
  const clock = createManualClock(NOON);
  const warnings: string[] = [];
  const options = { appsDir, clock, allowOutside, warn: (message: string) => void warnings.push(message) };
  return { appsDir, clock, warnings, files: new AppDirectories(options) };
}

const tried = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: Error) => error.message,
  );

describe('looking', () => {
  test('at an app, at nothing, and where APPS_DIR is missing', async () => {
    const { appsDir, files } = await setUp();
    await plainApp(appsDir, 'app');
    expect(await files.look('app')).toMatchObject({ name: 'app', manifest: { ok: true } });
    expect(await files.look('absent')).toBeNull();
    await rm(appsDir, { recursive: true });
    expect(await files.look('app')).toBeNull();
    expect(await files.exists('app')).toBe(false);
    expect(await files.releases('app')).toEqual([]);
  });

  test('A18: whether anything of a name is there', async () => {
    const { appsDir, files } = await setUp();
    await mkdir(join(appsDir, 'empty'));
    await writeFile(join(appsDir, 'file'), '');
    await symlink('nowhere', join(appsDir, 'dangling'));
    for (const name of ['empty', 'file', 'dangling']) expect(await files.exists(name), name).toBe(true);
    for (const name of ['absent', '..', '.', '', 'a\0', '../x', '/', 'a'.repeat(300)]) {
      expect(await files.exists(name), name).toBe(false);
    }
  });
});

describe('A18: rename', () => {
  test('moves the directory', async () => {
    const { appsDir, files } = await setUp();
    await releasedApp(appsDir, 'app');
    await files.rename('app', 'other');
    expect(await readdir(appsDir)).toEqual(['other']);
    expect(await files.look('other')).toMatchObject({ release: RELEASE, manifest: { ok: true } });
  });

  test.each<[string, (path: string) => Promise<unknown>]>([
    ['a directory', (path) => mkdir(join(path, 'sub'), { recursive: true })],
    ['an empty directory', (path) => mkdir(path)],
    ['a file', (path) => writeFile(path, '')],
    ['a dangling symlink', (path) => symlink('nowhere', path)],
    ['a symlink to a directory', (path) => symlink('app', path)],
  ])('B-11: never replaces %s', async (_, make) => {
    const { appsDir, files } = await setUp();
    await plainApp(appsDir, 'app');
    await make(join(appsDir, 'taken'));
    const before = await stat(join(appsDir, 'app'));
    expect(await tried(files.rename('app', 'taken'))).toBe('APPS_DIR has something named taken already');
    expect((await stat(join(appsDir, 'app'))).ino).toBe(before.ino);
    expect((await readdir(appsDir)).sort()).toEqual(['app', 'taken']);
  });

  test('onto itself changes nothing', async () => {
    const { appsDir, files } = await setUp();
    await plainApp(appsDir, 'app');
    expect(await tried(files.rename('app', 'app'))).toContain('already');
    expect(await files.look('app')).not.toBeNull();
  });

  test.each(['..', '../out', 'a/b', 'a\0', 'Upper', '.hidden', '', 'new\n', 'a'.repeat(300)])(
    'A18: %j is no name to move to',
    async (name) => {
      const { appsDir, files } = await setUp();
      await plainApp(appsDir, 'app');
      expect(await tried(files.rename('app', name))).toMatch(/^Name must /);
      expect(await readdir(appsDir)).toEqual(['app']);
    },
  );

  test('B-13: what is no entry of APPS_DIR is not moved from', async () => {
    const { appsDir, files } = await setUp();
    for (const name of ['..', '.', '', '../x', '/etc', 'a\0']) {
      expect(await tried(files.rename(name, 'app'))).toContain('is not the name of a directory in APPS_DIR');
    }
    expect(await tried(files.rename('absent', 'app'))).toContain('ENOENT');
    expect(await readdir(appsDir)).toEqual([]);
  });

  test('of two apps that race for one name, one gets it and the other stays', async () => {
    const { appsDir, files } = await setUp();
    // Two that know nothing of one another's locks: the file system itself must decide.
    const others = new AppDirectories({ appsDir, clock: createManualClock(), allowOutside: false });
    for (let round = 0; round < 20; round++) {
      await plainApp(appsDir, 'one');
      await plainApp(appsDir, 'two');
      const results = await Promise.all([
        tried(files.rename('one', 'both')),
        tried(others.rename('two', 'both')),
      ]);
      expect(results.filter((result) => result === 'done')).toHaveLength(1);
      const names = await readdir(appsDir);
      expect(names.sort()).toEqual(['both', results[0] === 'done' ? 'two' : 'one'].sort());
      for (const name of names) expect(await readdir(join(appsDir, name))).toEqual(['current']);
      for (const name of names) await rm(join(appsDir, name), { recursive: true });
    }
  });
});

describe('trash', () => {
  test('moves the app to .trash/<name>-<time>, which no other user can look into', async () => {
    const { appsDir, files } = await setUp();
    await plainApp(appsDir, 'app');
    const path = await files.trash('app');
    expect(path).toBe(join(appsDir, '.trash', 'app-20260701-120000'));
    expect(await readdir(path)).toEqual(['current']);
    expect((await stat(join(appsDir, '.trash'))).mode & 0o777).toBe(0o700);
  });

  test('two of one name within a second are both kept, and come back as they were', async () => {
    const { appsDir, files } = await setUp();
    const paths: string[] = [];
    for (const text of ['first', 'second', 'third']) {
      await plainApp(appsDir, 'app', text);
      paths.push(await files.trash('app'));
    }
    expect(new Set(paths).size).toBe(3);
    await files.restore(paths[1] ?? '', 'app');
    expect(await readFile(join(appsDir, 'app', 'current', 'package.json'), 'utf8')).toBe('second');
    expect(await tried(files.restore(paths[0] ?? '', 'app'))).toContain('is taken');
    expect(await tried(files.restore(join(appsDir, 'app'), 'other'))).toContain('does not lie in');
    expect(await tried(files.restore(join(appsDir, '.trash', '..', 'app'), 'other'))).toContain(
      'does not lie',
    );
  });

  test('of an app whose name is none, of a symlinked app only the link', async () => {
    const { appsDir, files } = await setUp();
    const elsewhere = await temporaryDirectory();
    await plainApp(appsDir, 'Upper_case');
    await plainApp(elsewhere, 'real');
    await symlink(join(elsewhere, 'real'), join(appsDir, 'linked'));
    await files.trash('Upper_case');
    await files.trash('linked');
    expect(await readdir(appsDir)).toEqual(['.trash']);
    await files.emptyTrash(-1);
    expect(await readdir(join(appsDir, '.trash'))).toEqual([]);
    expect(await readdir(join(elsewhere, 'real'))).toEqual(['current']);
  });

  test('B-13: only entries of APPS_DIR, and only ones that are there', async () => {
    const { appsDir, files } = await setUp();
    for (const name of ['..', '.', '.trash', '', '../x', 'a/b']) {
      expect(await tried(files.trash(name))).toContain('is not the name of a directory');
    }
    expect(await tried(files.trash('absent'))).toContain('ENOENT');
    expect(await readdir(appsDir)).toEqual(['.trash']);
  });

  test('is emptied of what has been in it for long, by its own time, and of nothing else', async () => {
    const { appsDir, clock, files, warnings } = await setUp();
    await files.emptyTrash(30 * DAY);
    await plainApp(appsDir, 'old');
    const old = await files.trash('old');
    await mkdir(join(appsDir, '.trash', 'somebody-elses'));
    await mkdir(join(appsDir, '.trash', 'app-20261399-000000'));
    await clock.advance(2 * DAY);
    await plainApp(appsDir, 'young');
    await files.trash('young');
    await clock.advance(28 * DAY);
    await files.emptyTrash(30 * DAY);
    expect(await readdir(old)).toEqual(['current']);
    await clock.advance(1);
    await files.emptyTrash(30 * DAY);
    expect((await readdir(join(appsDir, '.trash'))).sort()).toEqual([
      'app-20261399-000000',
      'somebody-elses',
      'young-20260703-120000',
    ]);
    expect(warnings).toEqual([]);
  });
});

describe('releases', () => {
  test('are the directories named after a time, newest first', async () => {
    const { appsDir, files } = await setUp();
    await releasedApp(appsDir, 'app');
    const app = join(appsDir, 'app');
    for (const name of ['20260301-000000', '20250101-000000', '20260231-000000', 'node_modules', 'v2']) {
      await mkdir(join(app, name));
    }
    await writeFile(join(app, '20260401-000000'), 'a file');
    await symlink(RELEASE, join(app, '20260501-000000'));
    expect(await files.releases('app')).toEqual([
      { name: '20260301-000000', createdAt: Date.UTC(2026, 2, 1), current: false },
      { name: RELEASE, createdAt: Date.UTC(2026, 0, 1), current: true },
      { name: '20250101-000000', createdAt: Date.UTC(2025, 0, 1), current: false },
    ]);
    expect(await files.releases('absent')).toEqual([]);
    expect(await files.releases('..')).toEqual([]);
  });

  test('one is activated, with a relative symlink, and never without a `current` on the way', async () => {
    const { appsDir, files } = await setUp();
    await releasedApp(appsDir, 'app');
    await mkdir(join(appsDir, 'app', '20260301-000000'));
    const current = join(appsDir, 'app', 'current');
    let looking = true;
    const looker = (async () => {
      while (looking) await stat(current);
    })();
    for (let round = 0; round < 50; round++) {
      await files.activate('app', round % 2 === 0 ? '20260301-000000' : RELEASE);
    }
    looking = false;
    await looker;
    await files.activate('app', '20260301-000000');
    expect(await realpath(current)).toBe(join(appsDir, 'app', '20260301-000000'));
    expect((await readdir(join(appsDir, 'app'))).sort()).toEqual(
      [RELEASE, '20260301-000000', 'current'].sort(),
    );
  });

  test('what an interrupted activation left does not hinder the next one', async () => {
    const { appsDir, files } = await setUp();
    await releasedApp(appsDir, 'app');
    await mkdir(join(appsDir, 'app', '20260301-000000'));
    await symlink('somewhere', join(appsDir, 'app', '.current.toehold-new'));
    await files.activate('app', '20260301-000000');
    await symlink('somewhere', join(appsDir, 'app', '.current.toehold-new'));
    await files.removeStrays('app');
    expect((await readdir(join(appsDir, 'app'))).sort()).toEqual(
      [RELEASE, '20260301-000000', 'current'].sort(),
    );
  });

  test('only real release directories of the app can be activated', async () => {
    const { appsDir, files } = await setUp();
    await releasedApp(appsDir, 'app');
    await releasedApp(appsDir, 'other', undefined, '20260401-000000');
    const app = join(appsDir, 'app');
    await mkdir(join(app, 'v2'));
    await writeFile(join(app, '20260201-000000'), '');
    await symlink(RELEASE, join(app, '20260301-000000'));
    const wrong = ['v2', 'current', '..', `../other/20260401-000000`, `${RELEASE}/`, '', '20260231-000000'];
    for (const release of [...wrong, `${RELEASE}\0`]) {
      expect(await tried(files.activate('app', release))).toContain('is not a release');
    }
    for (const release of ['20260201-000000', '20260301-000000', '20260401-000000']) {
      expect(await tried(files.activate('app', release))).toBe(`There is no release ${release}`);
    }
    expect(await realpath(join(app, 'current'))).toBe(join(app, RELEASE));
    for (const name of ['Upper', '..', 'a/b'])
      expect(await tried(files.activate(name, RELEASE))).toBe(NAME_RULE);
  });

  test('a plain directory `current` is not replaced', async () => {
    const { appsDir, files } = await setUp();
    await plainApp(appsDir, 'app');
    await mkdir(join(appsDir, 'app', RELEASE));
    expect(await tried(files.activate('app', RELEASE))).toContain('current is a plain directory');
    expect(await readdir(join(appsDir, 'app', 'current'))).toEqual(['package.json']);
  });
});

test('where APPS_DIR is missing, every work says so', async () => {
  const { appsDir, files } = await setUp();
  await rm(appsDir, { recursive: true });
  const works = [
    files.rename('app', 'other'),
    files.trash('app'),
    files.restore(join(appsDir, '.trash', 'x'), 'app'),
    files.writeIcon('app', '🐾'),
    files.activate('app', RELEASE),
  ];
  for (const message of await Promise.all(works.map(tried))) {
    expect(message).toBe(`APPS_DIR ${appsDir} is missing: make it, or set APPS_DIR to another directory`);
  }
  await files.emptyTrash(0);
});
