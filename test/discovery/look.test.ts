import { chmod, mkdir, rename, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AppObservation } from '../../src/contracts/discovery.ts';
import { NAME_RULE } from '../../src/core/app.ts';
import { listAppsRoot, openAppsRoot } from '../../src/discovery/apps-root.ts';
import { lookAt, lookAtBytes } from '../../src/discovery/look.ts';
import { manifestText, plainApp, RELEASE, releasedApp, temporaryDirectory } from '../support/apps-dir.ts';

async function look(appsDir: string, name: string, allowOutside = false): Promise<AppObservation | null> {
  return (await lookAt(await openAppsRoot(appsDir, allowOutside), name))?.observation ?? null;
}

const errorOf = (seen: AppObservation | null): string | null =>
  seen && !seen.manifest.ok ? seen.manifest.error : null;

describe('A3: what is an app', () => {
  test('a plain directory `current`', async () => {
    const appsDir = await temporaryDirectory();
    await plainApp(appsDir, 'app');
    expect(await look(appsDir, 'app')).toMatchObject({
      name: 'app',
      manifest: { ok: true },
      release: null,
      directory: join(appsDir, 'app', 'current'),
    });
  });

  test('a symlink to a release, relative or absolute', async () => {
    const appsDir = await temporaryDirectory();
    await releasedApp(appsDir, 'app');
    const expected = {
      manifest: { ok: true },
      release: RELEASE,
      directory: join(appsDir, 'app', RELEASE),
    };
    expect(await look(appsDir, 'app')).toMatchObject(expected);
    await rm(join(appsDir, 'app', 'current'));
    await symlink(join(appsDir, 'app', RELEASE), join(appsDir, 'app', 'current'));
    expect(await look(appsDir, 'app')).toMatchObject(expected);
  });

  test('a symlink to a directory that is no release has none', async () => {
    const appsDir = await temporaryDirectory();
    await releasedApp(appsDir, 'app', manifestText(), 'v2');
    expect(await look(appsDir, 'app')).toMatchObject({
      manifest: { ok: true },
      release: null,
      directory: join(appsDir, 'app', 'v2'),
    });
  });

  test('APPS_DIR itself may be a symlink', async () => {
    const parent = await temporaryDirectory();
    await mkdir(join(parent, 'real'));
    await symlink('real', join(parent, 'apps'));
    await releasedApp(join(parent, 'real'), 'app');
    expect(await look(join(parent, 'apps'), 'app')).toMatchObject({
      manifest: { ok: true },
      directory: join(parent, 'real', 'app', RELEASE),
    });
  });

  test('a dangling `current`, and one that leads to a file or to itself, is "Missing package.json"', async () => {
    const appsDir = await temporaryDirectory();
    const app = join(appsDir, 'app');
    await mkdir(app);
    await writeFile(join(app, 'file'), '');
    for (const target of ['nowhere', 'file', 'current']) {
      await symlink(target, join(app, 'current'));
      expect(await look(appsDir, 'app')).toMatchObject({
        manifest: { ok: false, error: 'Missing package.json' },
        release: null,
        directory: null,
      });
      await rm(join(app, 'current'));
    }
  });

  test('B-20: a directory without `current` is none, whenever it was made', async () => {
    const appsDir = await temporaryDirectory();
    await mkdir(join(appsDir, 'stray', RELEASE), { recursive: true });
    expect(await look(appsDir, 'stray')).toBeNull();
    await writeFile(join(appsDir, 'stray', 'current'), 'a file is none either');
    expect(await look(appsDir, 'stray')).toBeNull();
  });

  test('files, dot-directories, and names that are no directory’s are none', async () => {
    const appsDir = await temporaryDirectory();
    await plainApp(appsDir, '.hidden');
    await plainApp(appsDir, 'app');
    await writeFile(join(appsDir, 'file'), '');
    await symlink('nowhere', join(appsDir, 'dangling'));
    await symlink('file', join(appsDir, 'to-file'));
    await symlink('loop', join(appsDir, 'loop'));
    const names = ['file', '.hidden', 'dangling', 'to-file', 'loop', 'absent', '', '.', '..', '../x', '/etc'];
    for (const name of [...names, 'app/', 'app/current', 'app\0', 'a'.repeat(300), 'é'.repeat(200)]) {
      expect(await look(appsDir, name), name).toBeNull();
    }
  });

  test('names that are no app names are listed as INVALID, and say why', async () => {
    const appsDir = await temporaryDirectory();
    for (const name of ['Upper', 'under_score', '1st', 'ünï', 'a b', 'back\\slash', 'new\nline', '$(x)']) {
      await plainApp(appsDir, name);
      const seen = await look(appsDir, name);
      expect(seen).toMatchObject({ name, manifest: { ok: false, error: NAME_RULE }, directory: null });
    }
    await plainApp(appsDir, 'a'.repeat(64));
    expect(errorOf(await look(appsDir, 'a'.repeat(64)))).toBe('Name must have at most 63 characters');
  });

  test('a name that is no UTF-8 text is listed under one that shows its bytes', async () => {
    const appsDir = await temporaryDirectory();
    const bytes = Buffer.from('caf\xe9', 'latin1');
    const path = Buffer.concat([Buffer.from(`${appsDir}/`), bytes]);
    await mkdir(path);
    const root = await openAppsRoot(appsDir, false);
    expect(await lookAtBytes(root, bytes)).toBeNull();
    await mkdir(Buffer.concat([path, Buffer.from('/current')]));
    expect(await listAppsRoot(root)).toEqual({ names: [], unreadable: [bytes] });
    expect((await lookAtBytes(root, bytes))?.observation).toMatchObject({
      name: 'caf\\xe9',
      manifest: { ok: false, error: NAME_RULE },
      directory: null,
    });
    // Node's own rm takes no Buffer for a whole tree.
    await rmdir(Buffer.concat([path, Buffer.from('/current')]));
    await rmdir(path);
  });
});

describe('A3: what leads out of APPS_DIR is INVALID unless that is allowed', () => {
  test('a symlinked app', async () => {
    const appsDir = await temporaryDirectory();
    const elsewhere = await temporaryDirectory();
    await releasedApp(elsewhere, 'real');
    await symlink(join(elsewhere, 'real'), join(appsDir, 'app'));
    const refused = await look(appsDir, 'app');
    expect(errorOf(refused)).toContain(`The app is a symlink, to ${join(elsewhere, 'real')}`);
    expect(refused?.directory).toBeNull();
    expect(await look(appsDir, 'app', true)).toMatchObject({
      name: 'app',
      manifest: { ok: true },
      release: RELEASE,
      directory: join(elsewhere, 'real', RELEASE),
    });
  });

  test('a symlinked app within APPS_DIR is one too', async () => {
    const appsDir = await temporaryDirectory();
    await releasedApp(appsDir, 'app');
    await symlink('app', join(appsDir, 'alias'));
    expect(errorOf(await look(appsDir, 'alias'))).toContain('The app is a symlink');
    const [app, alias] = [await look(appsDir, 'app', true), await look(appsDir, 'alias', true)];
    expect(alias?.manifest.ok).toBe(true);
    // Two entries of one identity would be taken for a rename, back and forth.
    expect(alias?.identity).not.toBe(app?.identity);
  });

  test('`current`', async () => {
    const appsDir = await temporaryDirectory();
    const elsewhere = await temporaryDirectory();
    await plainApp(elsewhere, 'real');
    await mkdir(join(appsDir, 'app'));
    await symlink(join(elsewhere, 'real', 'current'), join(appsDir, 'app', 'current'));
    const refused = await look(appsDir, 'app');
    expect(errorOf(refused)).toBe(
      `current leads out of APPS_DIR, to ${elsewhere}/real/current: set TOEHOLD_ALLOW_OUTSIDE to allow that`,
    );
    expect(refused?.directory).toBeNull();
    expect(await look(appsDir, 'app', true)).toMatchObject({
      manifest: { ok: true },
      release: null,
      directory: join(elsewhere, 'real', 'current'),
    });
  });

  test('a sibling whose path begins with that of APPS_DIR is outside', async () => {
    const parent = await temporaryDirectory();
    await mkdir(join(parent, 'apps', 'app'), { recursive: true });
    await plainApp(join(parent, 'apps-2'), 'app');
    await symlink('../../apps-2/app/current', join(parent, 'apps', 'app', 'current'));
    expect(errorOf(await look(join(parent, 'apps'), 'app'))).toContain('leads out of APPS_DIR');
  });
});

describe('B-22: a directory’s identity', () => {
  test('survives a rename, and a swap of what is in it', async () => {
    const appsDir = await temporaryDirectory();
    await plainApp(appsDir, 'app');
    const before = await look(appsDir, 'app');
    await rename(join(appsDir, 'app'), join(appsDir, 'other'));
    await rm(join(appsDir, 'other', 'current'), { recursive: true });
    await releasedApp(appsDir, 'other');
    await chmod(join(appsDir, 'other'), 0o700);
    expect((await look(appsDir, 'other'))?.identity).toBe(before?.identity);
  });

  test('is never that of a directory that is gone, whose inode the file system uses again', async () => {
    const appsDir = await temporaryDirectory();
    const births = new Map<bigint, Map<bigint, string | undefined>>();
    // Until an inode came twice, at two times; a file system that never uses one again is right anyhow.
    for (let round = 0; round < 500 && ![...births.values()].some(({ size }) => size > 1); round++) {
      await mkdir(join(appsDir, 'app', 'current'), { recursive: true });
      const { ino, birthtimeNs } = await stat(join(appsDir, 'app'), { bigint: true });
      const identity = (await look(appsDir, 'app'))?.identity;
      births.set(ino, (births.get(ino) ?? new Map()).set(birthtimeNs, identity));
      await rm(join(appsDir, 'app'), { recursive: true });
    }
    for (const of of births.values()) expect(new Set(of.values()).size).toBe(of.size);
  });
});

test('A20: what is watched is the app’s directory and the real package.json, or the place it may come to', async () => {
  const appsDir = await temporaryDirectory();
  const root = await openAppsRoot(appsDir, false);
  const manifest = await releasedApp(appsDir, 'app');
  const watched = async () =>
    (await lookAt(root, 'app'))?.watch.map(({ path, entries }) => ({ path, entries }));
  const own = { path: join(appsDir, 'app'), entries: ['current', RELEASE] };
  expect(await watched()).toEqual([own, { path: manifest, entries: null }]);
  await rm(manifest);
  expect(await watched()).toEqual([own, { path: join(appsDir, 'app', RELEASE), entries: ['package.json'] }]);
  await writeFile(join(appsDir, 'shared.json'), manifestText());
  await symlink('../../shared.json', manifest);
  expect(await watched()).toEqual([
    own,
    { path: join(appsDir, 'app', RELEASE), entries: ['package.json'] },
    { path: join(appsDir, 'shared.json'), entries: null },
  ]);
  await rm(join(appsDir, 'app', RELEASE), { recursive: true });
  expect(await watched()).toEqual([own]);
});
