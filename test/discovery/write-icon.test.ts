import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { NAME_RULE } from '../../src/core/app.ts';
import { AppDirectories } from '../../src/discovery/app-directories.ts';
import { NEW_MANIFEST } from '../../src/discovery/write-icon.ts';
import { manifestText, plainApp, RELEASE, releasedApp, temporaryDirectory } from '../support/apps-dir.ts';
import { createManualClock } from '../support/manual-clock.ts';

async function setUp(allowOutside = false) {
  const appsDir = await temporaryDirectory();
  return { appsDir, files: new AppDirectories({ appsDir, clock: createManualClock(), allowOutside }) };
}

const tried = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: Error) => error.message,
  );

test('A19: the file keeps its form and its mode, and its directory gets no other file', async () => {
  const { appsDir, files } = await setUp();
  const text = '\uFEFF{\r\n\t"scripts": { "toes": "x" },\r\n\t"n": 1.0\r\n}\r\n';
  const manifest = await releasedApp(appsDir, 'app', text);
  await chmod(manifest, 0o640);
  const umask = process.umask(0o077);
  try {
    await files.writeIcon('app', '🐾');
  } finally {
    process.umask(umask);
  }
  expect(await readFile(manifest, 'utf8')).toBe(
    '\uFEFF{\r\n\t"scripts": { "toes": "x" },\r\n\t"n": 1.0,\r\n\t"toes": {\r\n\t\t"icon": "🐾"\r\n\t}\r\n}\r\n',
  );
  expect((await stat(manifest)).mode & 0o7777).toBe(0o640);
  expect(await readdir(dirname(manifest))).toEqual(['package.json']);
  expect(await files.look('app')).toMatchObject({ manifest: { manifest: { icon: '🐾' } } });
  await files.writeIcon('app', null);
  expect(await readFile(manifest, 'utf8')).toBe(text);
});

test('A19: a reader never finds half a file', async () => {
  const { appsDir, files } = await setUp();
  const manifest = await plainApp(appsDir, 'app', manifestText({ filler: 'x'.repeat(200_000) }));
  let writing = true;
  const reader = (async () => {
    while (writing) JSON.parse(await readFile(manifest, 'utf8'));
  })();
  for (let round = 0; round < 50; round++) await files.writeIcon('app', `icon ${round}`);
  writing = false;
  await reader;
});

test('A19: an icon that is there already is not written again', async () => {
  const { appsDir, files } = await setUp();
  const manifest = await plainApp(appsDir, 'app', manifestText({ toes: { icon: '🐾' } }));
  const before = await stat(manifest);
  await files.writeIcon('app', '🐾');
  expect((await stat(manifest)).ino).toBe(before.ino);
  await rm(manifest);
  await files.writeIcon('app', null);
  expect(await readdir(dirname(manifest))).toEqual([]);
});

test('A19: a missing package.json is made', async () => {
  const { appsDir, files } = await setUp();
  await mkdir(join(appsDir, 'app', 'current'), { recursive: true });
  await files.writeIcon('app', '🐾');
  expect(await readFile(join(appsDir, 'app', 'current', 'package.json'), 'utf8')).toBe(
    '{\n  "toes": {\n    "icon": "🐾"\n  }\n}\n',
  );
});

test('A19: of a symlinked package.json the real file is written', async () => {
  const { appsDir, files } = await setUp();
  const manifest = await plainApp(appsDir, 'app');
  await rename(manifest, join(appsDir, 'shared.json'));
  await symlink('../../shared.json', manifest);
  await files.writeIcon('app', '🐾');
  expect((await lstat(manifest)).isSymbolicLink()).toBe(true);
  expect(JSON.parse(await readFile(join(appsDir, 'shared.json'), 'utf8')).toes.icon).toBe('🐾');
});

test('A19: a file that has another name too gets its own content', async () => {
  const { appsDir, files } = await setUp();
  const manifest = await plainApp(appsDir, 'app');
  await link(manifest, join(appsDir, 'other-name.json'));
  await files.writeIcon('app', '🐾');
  expect(await readFile(join(appsDir, 'other-name.json'), 'utf8')).toBe(manifestText());
});

test('B-13: nothing outside of APPS_DIR is written, unless that is allowed', async () => {
  const { appsDir, files } = await setUp();
  const elsewhere = await temporaryDirectory();
  const outside = await plainApp(elsewhere, 'real');
  const before = await readFile(outside, 'utf8');
  await symlink(join(elsewhere, 'real'), join(appsDir, 'linked'));
  await mkdir(join(appsDir, 'leading'));
  await symlink(join(elsewhere, 'real', 'current'), join(appsDir, 'leading', 'current'));
  await mkdir(join(appsDir, 'borrowing', 'current'), { recursive: true });
  await symlink(outside, join(appsDir, 'borrowing', 'current', 'package.json'));
  expect(await tried(files.writeIcon('linked', '🐾'))).toContain('linked is a symlink');
  expect(await tried(files.writeIcon('leading', '🐾'))).toContain('current leads out of APPS_DIR');
  expect(await tried(files.writeIcon('borrowing', '🐾'))).toContain('package.json leads out of APPS_DIR');
  for (const name of ['..', '.', '../x', 'a/b', 'a\0', '', 'Upper']) {
    expect(await tried(files.writeIcon(name, '🐾'))).toBe(NAME_RULE);
  }
  expect(await readFile(outside, 'utf8')).toBe(before);

  const allowing = new AppDirectories({ appsDir, clock: createManualClock(), allowOutside: true });
  for (const [index, name] of ['linked', 'leading', 'borrowing'].entries()) {
    await allowing.writeIcon(name, `icon ${index}`);
    expect(JSON.parse(await readFile(outside, 'utf8')).toes.icon).toBe(`icon ${index}`);
  }
});

test.each<[string, (manifest: string) => Promise<unknown>, string]>([
  ['is not JSON', (path) => writeFile(path, '{'), 'Invalid JSON in package.json: '],
  ['is a list', (path) => writeFile(path, '[]'), 'package.json is not an object'],
  ['is not UTF-8', (path) => writeFile(path, Buffer.from([0x22, 0xff, 0x22])), 'not UTF-8'],
  ['is over 1 MB', (path) => writeFile(path, manifestText().padEnd(2 ** 20 + 1)), 'larger than'],
  ['is a directory', (path) => rm(path).then(() => mkdir(path)), 'not a regular file'],
  ['leads to itself', (path) => rm(path).then(() => symlink('package.json', path)), 'leads nowhere'],
  ['leads nowhere', (path) => rm(path).then(() => symlink('gone', path)), 'leads nowhere'],
])('A19: a package.json that %s is left as it is', async (_, spoil, message) => {
  const { appsDir, files } = await setUp();
  const manifest = await plainApp(appsDir, 'app');
  await spoil(manifest);
  const before = await lstat(manifest);
  expect(await tried(files.writeIcon('app', '🐾'))).toContain(message);
  expect((await lstat(manifest)).ino).toBe(before.ino);
  expect(await readdir(dirname(manifest))).toEqual(['package.json']);
});

test('A19: an icon that is none is refused, and so is an app with nowhere to write', async () => {
  const { appsDir, files } = await setUp();
  await plainApp(appsDir, 'app');
  expect(await tried(files.writeIcon('app', 'a\nb'))).toContain('control characters');
  expect(await tried(files.writeIcon('absent', '🐾'))).toContain('ENOENT');
  await mkdir(join(appsDir, 'dangling'));
  await symlink('nowhere', join(appsDir, 'dangling', 'current'));
  expect(await tried(files.writeIcon('dangling', '🐾'))).toContain('ENOENT');
});

test('A19: what an interrupted write left does not hinder the next one, and can be removed', async () => {
  const { appsDir, files } = await setUp();
  const manifest = await releasedApp(appsDir, 'app');
  const stray = join(dirname(manifest), NEW_MANIFEST);
  await symlink('/nowhere/else', stray);
  await files.writeIcon('app', '🐾');
  expect(await readdir(dirname(manifest))).toEqual(['package.json']);
  await writeFile(stray, 'half a fi');
  await files.removeStrays('app');
  expect(await readdir(dirname(manifest))).toEqual(['package.json']);
  await rm(join(appsDir, 'app', RELEASE), { recursive: true });
  await files.removeStrays('app');
});

test('many at once on one app: one after another, and the last one counts', async () => {
  const { appsDir, files } = await setUp();
  const manifest = await releasedApp(appsDir, 'app', manifestText({ name: 'kept' }));
  await mkdir(join(appsDir, 'app', '20260301-000000'));
  const works = Array.from({ length: 30 }, (_, index) => files.writeIcon('app', `icon ${index}`));
  const others = [files.activate('app', '20260301-000000'), files.activate('app', RELEASE)];
  expect(await Promise.all([...works, ...others].map(tried))).toEqual(Array(32).fill('done'));
  expect(JSON.parse(await readFile(manifest, 'utf8'))).toMatchObject({
    name: 'kept',
    toes: { icon: 'icon 29' },
  });
});
