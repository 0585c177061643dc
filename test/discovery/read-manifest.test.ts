import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_MANIFEST_SIZE, type ManifestReading, readManifest } from '../../src/discovery/read-manifest.ts';
import { manifestText, temporaryDirectory } from '../support/apps-dir.ts';

async function place(): Promise<{ directory: string; file: string }> {
  const directory = await temporaryDirectory();
  return { directory, file: join(directory, 'package.json') };
}

const errorOf = ({ result }: ManifestReading): string => (result.ok ? '' : result.error);

test('A4: a manifest as it should be', async () => {
  const { directory, file } = await place();
  await writeFile(file, `\uFEFF${manifestText()}`);
  const reading = await readManifest(directory, directory);
  expect(reading.result).toMatchObject({ ok: true, manifest: { script: 'node server.js' } });
  expect(reading.file?.path).toBe(file);
});

test.each<[string, (file: string) => Promise<void>]>([
  ['nothing', async () => {}],
  ['a directory', async (file) => void (await mkdir(file))],
  ['a dangling symlink', (file) => symlink('nowhere', file)],
  ['a symlink loop', (file) => symlink('package.json', file)],
  ['a symlink to a directory', (file) => symlink('.', file)],
  ['a FIFO that nobody writes to', async (file) => void execFileSync('mkfifo', [file])],
  ['a symlink to a device that never ends', (file) => symlink('/dev/zero', file)],
  ['a symlink to a terminal', (file) => symlink('/dev/tty', file)],
  [
    'a socket',
    (file) =>
      new Promise((resolve) => {
        const server = createServer().listen(file, resolve);
        onTestFinished(() => void server.close());
      }),
  ],
])('A4: %s in its place is "Missing package.json", at once', async (_, make) => {
  const { directory, file } = await place();
  await make(file);
  for (const root of [directory, null]) {
    const reading = await readManifest(directory, root);
    expect(reading.result).toEqual({ ok: false, error: 'Missing package.json' });
    expect(reading.file).toBeNull();
  }
});

test('A4: a directory that is gone, and one that is a file', async () => {
  const { directory, file } = await place();
  await writeFile(file, '{}');
  for (const path of [join(directory, 'gone'), file, `${directory}/${'x'.repeat(300)}`]) {
    expect(errorOf(await readManifest(path, null))).toBe('Missing package.json');
  }
});

test('A4: an empty file', async () => {
  const { directory, file } = await place();
  await writeFile(file, '');
  expect(errorOf(await readManifest(directory, directory))).toBe(
    'Invalid JSON in package.json: Unexpected end of JSON input',
  );
});

test('A4: a file over 1 MB is refused, one of just that size is not', async () => {
  const { directory, file } = await place();
  await writeFile(file, manifestText().padEnd(MAX_MANIFEST_SIZE));
  expect((await readManifest(directory, directory)).result.ok).toBe(true);
  await writeFile(file, manifestText().padEnd(MAX_MANIFEST_SIZE + 1));
  expect(errorOf(await readManifest(directory, directory))).toBe(
    'package.json is larger than 1048576 bytes: make it smaller',
  );
  // A hole of a terabyte takes no room on the disk, and must take none in memory.
  await truncate(file, 2 ** 40);
  expect(errorOf(await readManifest(directory, directory))).toContain('larger than');
});

test.each([
  ['Latin-1', Buffer.from(manifestText({ name: 'é' }), 'latin1')],
  ['UTF-16', Buffer.from(`\uFEFF${manifestText()}`, 'utf16le')],
  ['a lone surrogate', Buffer.concat([Buffer.from('"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"')])],
])('A4: %s is not UTF-8, and the error says so', async (_, bytes) => {
  const { directory, file } = await place();
  await writeFile(file, bytes);
  expect(errorOf(await readManifest(directory, directory))).toBe(
    'Invalid JSON in package.json: it is not UTF-8 text',
  );
});

test('A3: a symlink is followed inside of APPS_DIR, and out of it only where that is allowed', async () => {
  const root = await temporaryDirectory();
  const elsewhere = await temporaryDirectory();
  const directory = join(root, 'app');
  await mkdir(directory);
  await writeFile(join(root, 'shared.json'), manifestText());
  await symlink('../shared.json', join(directory, 'package.json'));
  const inside = await readManifest(directory, root);
  expect(inside.result.ok).toBe(true);
  expect(inside.file?.path).toBe(join(root, 'shared.json'));

  await writeFile(join(elsewhere, 'secret.json'), 'a secret that no error may quote');
  await rm(join(directory, 'package.json'));
  await symlink(join(elsewhere, 'secret.json'), join(directory, 'package.json'));
  const refused = errorOf(await readManifest(directory, root));
  expect(refused).toContain(`leads out of APPS_DIR, to ${elsewhere}/secret.json`);
  expect(refused).not.toContain('a secret');
  expect(errorOf(await readManifest(directory, null))).toContain('Invalid JSON');
});

test('a file that is the same is not read again, one that may not be is', async () => {
  const { directory, file } = await place();
  await writeFile(file, manifestText());
  const first = await readManifest(directory, directory);
  // So soon after the write, a second one could carry the same time.
  expect(await readManifest(directory, directory, first)).not.toBe(first);
  const lasting = { ...first, lasting: true };
  expect(await readManifest(directory, directory, lasting)).toBe(lasting);

  // The same size, and the time set back to what it was: the change of the inode still tells.
  const { mtime } = await stat(file);
  await writeFile(file, manifestText().replace('node', 'deno'));
  await utimes(file, mtime, mtime);
  const changed = await readManifest(directory, directory, lasting);
  expect(changed.result).toMatchObject({ ok: true, manifest: { script: 'deno server.js' } });

  await writeFile(join(directory, 'new'), manifestText());
  await rename(join(directory, 'new'), file);
  const replaced = await readManifest(directory, directory, { ...changed, lasting: true });
  expect(replaced.result).toMatchObject({ ok: true, manifest: { script: 'node server.js' } });
  expect(replaced.file?.identity).not.toBe(changed.file?.identity);
});
