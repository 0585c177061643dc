import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const RELEASE = '20260101-000000';

/** A package.json that makes a valid app. */
export function manifestText(extra: object = {}): string {
  return JSON.stringify({ scripts: { toes: 'node server.js' }, ...extra });
}

/** A directory of its own for one test, without a symlink in its path; it goes with the test. */
export async function temporaryDirectory(): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'toehold-test-')));
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}

/** Lays out `<name>/current/package.json` and answers that file's path. */
export async function plainApp(appsDir: string, name: string, text = manifestText()): Promise<string> {
  await mkdir(join(appsDir, name, 'current'), { recursive: true });
  const manifest = join(appsDir, name, 'current', 'package.json');
  await writeFile(manifest, text);
  return manifest;
}

/** Lays out `<name>/<release>/package.json` and `current`, and answers that file's path. */
export async function releasedApp(
  appsDir: string,
  name: string,
  text = manifestText(),
  release = RELEASE,
): Promise<string> {
  await mkdir(join(appsDir, name, release), { recursive: true });
  const manifest = join(appsDir, name, release, 'package.json');
  await writeFile(manifest, text);
  await symlink(release, join(appsDir, name, 'current'));
  return manifest;
}
