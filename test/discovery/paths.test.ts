import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppDirectories } from '../../src/discovery/app-directories.ts';
import { readManifest } from '../../src/discovery/read-manifest.ts';
import { replaceFile } from '../../src/host/files.ts';
import { whileExchanging } from '../host/exchanging.ts';
import { manifestText, plainApp, RELEASE, releasedApp, temporaryDirectory } from '../support/apps-dir.ts';
import { createManualClock } from '../support/manual-clock.ts';

const DAY = 86_400_000;
/** In the place of /etc/shadow. */
const SECRET = 'root:$6$hidden:20000:0:99999:7:::\n';

/** APPS_DIR with one app, between directories that nobody may touch. */
async function setUp(allowOutside = false) {
  const directory = await temporaryDirectory();
  const appsDir = join(directory, 'apps');
  await releasedApp(appsDir, 'app');
  await releasedApp(join(directory, 'outside'), 'app');
  await releasedApp(directory, 'evil');
  await writeFile(join(directory, 'secret'), SECRET);
  const clock = createManualClock(Date.UTC(2026, 6, 1));
  return { directory, appsDir, clock, files: new AppDirectories({ appsDir, clock, allowOutside }) };
}

/** Each path with what it is and says. */
async function snapshot(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(directory, { recursive: true })).sort()) {
    const path = join(directory, name);
    const stats = await lstat(path);
    const content = stats.isFile()
      ? await readFile(path, 'utf8')
      : stats.isSymbolicLink()
        ? await readlink(path)
        : '';
    found[name] = `${stats.ino} ${stats.ctimeMs} ${content}`;
  }
  return found;
}

const NAMES: readonly string[] = [
  ...['..', '.', '', '/', '../evil', '../outside/app', 'app/../../evil', 'app/..', 'app/', './app', '//app'],
  ...['/etc', '/tmp', '.trash', '.hidden', '...', '..\\evil', '\\..', 'app\0', '\0', '../evil\0', 'a\nb'],
  // Look-alikes: a fraction slash, a division slash, full-width dots and solidus, two dot leader.
  ...[
    '..\u2044evil',
    '..\u2215evil',
    '\uFF0E\uFF0E\uFF0Fevil',
    '\u2025/evil',
    '\u2025',
    'a\u0440p',
    'APP',
    'app\u200B',
  ],
  ...['%2e%2e%2fevil', '~', '~root', '-rf', '*', '$HOME', '`id`', 'C:\\', 'a'.repeat(64), 'a'.repeat(300)],
  ...['a'.repeat(100_000), '../'.repeat(2_000), '\uD800', '__proto__'],
];

describe.each([false, true])('no name leads anywhere else (outside allowed: %s)', (allowOutside) => {
  test.each(NAMES.map((name) => [JSON.stringify(name).slice(0, 40), name] as const))(
    '%s',
    async (_, name) => {
      const { directory, files } = await setUp(allowOutside);
      const before = await snapshot(directory);
      const refused = (work: Promise<unknown>) => expect(work).rejects.toThrow(Error);

      expect(await files.look(name)).toBeNull();
      expect(await files.exists(name)).toBe(false);
      expect(await files.releases(name)).toEqual([]);
      await refused(files.rename('app', name));
      await refused(files.rename(name, 'taken'));
      await refused(files.trash(name));
      await refused(files.writeIcon(name, 'x'));
      await refused(files.writeIcon(name, null));
      await refused(files.activate(name, RELEASE));
      await refused(files.activate('app', name));
      await refused(files.removeStrays(name));
      await refused(files.restore(join(directory, 'evil'), name));
      await refused(files.restore(name, 'back'));
      await refused(files.restore(join(directory, 'apps', '.trash', name), 'back'));
      // It may have made the trash on its way.
      const { 'apps/.trash': trash, apps, ...after } = await snapshot(directory);
      const { apps: _apps, ...untouched } = before;
      expect(after).toEqual(untouched);
    },
  );
});

describe('what leads out of APPS_DIR', () => {
  const hint = /(to .*, )?.*TOEHOLD_ALLOW_OUTSIDE/;

  test.each<[string, (appsDir: string, directory: string) => Promise<unknown>]>([
    [
      'the app',
      async (appsDir, directory) => symlink(join(directory, 'outside', 'app'), join(appsDir, 'out')),
    ],
    [
      'current',
      async (appsDir, directory) => {
        await mkdir(join(appsDir, 'out'));
        await symlink(join(directory, 'evil', RELEASE), join(appsDir, 'out', 'current'));
      },
    ],
    [
      'the release that current names',
      async (appsDir, directory) => {
        await mkdir(join(appsDir, 'out'));
        await symlink(join(directory, 'evil', RELEASE), join(appsDir, 'out', RELEASE));
        await symlink(RELEASE, join(appsDir, 'out', 'current'));
      },
    ],
    [
      'package.json',
      async (appsDir, directory) => {
        await mkdir(join(appsDir, 'out', 'current'), { recursive: true });
        await symlink(join(directory, 'secret'), join(appsDir, 'out', 'current', 'package.json'));
      },
    ],
    [
      'package.json, by two steps',
      async (appsDir, directory) => {
        await mkdir(join(appsDir, 'out', 'current'), { recursive: true });
        await symlink(join(directory, 'secret'), join(appsDir, 'out', 'step'));
        await symlink('../step', join(appsDir, 'out', 'current', 'package.json'));
      },
    ],
  ])('%s: the app is INVALID, says so, and nothing of it is told or changed', async (_, arrange) => {
    const { appsDir, directory, files } = await setUp();
    await arrange(appsDir, directory);
    const before = await snapshot(directory);
    const look = await files.look('out');
    expect(look?.manifest).toEqual({ ok: false, error: expect.stringMatching(hint) });
    expect(JSON.stringify(look)).not.toContain('hidden');
    for (const work of [files.writeIcon('out', 'x'), files.activate('out', 'no-release')]) {
      await expect(work).rejects.toThrow(Error);
    }
    await files.removeStrays('out').catch(() => {});
    expect(await snapshot(directory)).toEqual(before);
  });

  test('where it is allowed, a text that is no JSON is not quoted', async () => {
    const { appsDir, directory, files } = await setUp(true);
    await mkdir(join(appsDir, 'out', 'current'), { recursive: true });
    await symlink(join(directory, 'secret'), join(appsDir, 'out', 'current', 'package.json'));
    const error = 'Invalid JSON in package.json: it lies outside of APPS_DIR, and is not quoted';
    expect((await files.look('out'))?.manifest).toEqual({ ok: false, error });
    await expect(files.writeIcon('out', 'x')).rejects.toThrow(error);
    // One of the app's own is.
    await plainApp(appsDir, 'own', 'nonsense');
    expect((await files.look('own'))?.manifest).toMatchObject({ error: expect.stringContaining('nonsense') });
  });

  test('the trash: nothing is moved there, and nothing removed', async () => {
    const { appsDir, directory, clock, files } = await setUp();
    await mkdir(join(directory, 'outside', 'old-20200101-000000'));
    await symlink(join(directory, 'outside'), join(appsDir, '.trash'));
    const before = await snapshot(directory);
    await expect(files.trash('app')).rejects.toThrow('is not a directory: remove it');
    await expect(files.restore(join(appsDir, '.trash', 'old-20200101-000000'), 'back')).rejects.toThrow(
      'is not a directory',
    );
    clock.advance(400 * DAY);
    await files.emptyTrash(30 * DAY);
    expect(await snapshot(directory)).toEqual(before);
  });
});

test('the releases of a symlinked app are not shown, unless that is allowed', async () => {
  for (const allowed of [false, true]) {
    const { appsDir, directory, files } = await setUp(allowed);
    await symlink(join(directory, 'outside', 'app'), join(appsDir, 'out'));
    expect(await files.releases('out')).toHaveLength(allowed ? 1 : 0);
  }
});

test('nothing outside is read while another process exchanges the release for a symlink', async () => {
  const { appsDir, directory } = await setUp();
  const release = join(appsDir, 'app', RELEASE);
  const decoy = join(appsDir, 'app', 'decoy');
  await writeFile(
    join(directory, 'evil', RELEASE, 'package.json'),
    manifestText({ toes: { icon: 'hidden' } }),
  );
  await symlink(join(directory, 'evil', RELEASE), decoy);
  const seen = new Set<string>();
  await whileExchanging(release, decoy, async () => {
    for (let i = 0; i < 1_000; i++) {
      seen.add(JSON.stringify((await readManifest(release, appsDir)).result));
    }
  });
  expect([...seen].filter((one) => one.includes('hidden'))).toEqual([]);
});

test('nothing is written outside where a directory was exchanged since it was found', async () => {
  const { appsDir, directory } = await setUp();
  await symlink(join(directory, 'outside'), join(appsDir, 'exchanged'));
  const before = await readdir(join(directory, 'outside'));
  const path = join(appsDir, 'exchanged', 'package.json');
  const written = replaceFile(path, 'text', { mode: 0o600, within: appsDir });
  await expect(written).rejects.toThrow('leads out of APPS_DIR');
  expect(await readdir(join(directory, 'outside'))).toEqual(before);
});

test('a directory’s name that only looks like an app’s is no app', async () => {
  const { appsDir, files } = await setUp();
  await mkdtemp(join(appsDir, '.dot-'));
  for (const name of ['a\u0440p', 'app\u200B', 'APP', 'app.', 'app ', '-app']) {
    await plainApp(appsDir, name);
    expect(await files.look(name)).toMatchObject({ manifest: { ok: false }, directory: null });
    await expect(files.writeIcon(name, 'x')).rejects.toThrow('Name must');
    await expect(files.activate(name, RELEASE)).rejects.toThrow('Name must');
  }
});
