import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type Release, releaseTime } from '../core/release.ts';
import type { Acts } from './acts.ts';
import { isThere } from './app-directory.ts';
import { CURRENT } from './look.ts';

/** An interrupted activation leaves this symlink in the app's directory. */
export const STRAY_CURRENT = '.current.toehold-new';

/** The releases in an app's real directory, newest first. @throws the system's error */
export async function listReleases(directory: string): Promise<readonly Release[]> {
  const current = await realpath(join(directory, CURRENT)).catch(() => null);
  const entries = await readdir(directory, { withFileTypes: true });
  const releases: Release[] = [];
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    const createdAt = releaseTime(name);
    if (createdAt !== null) releases.push({ name, createdAt, current: current === join(directory, name) });
  }
  return releases.sort((one, other) => other.createdAt - one.createdAt);
}

/**
 * Points `current` at a release in one step: at no moment is there none.
 * @throws Error with a sentence for a person; then `current` is as it was
 */
export async function activateRelease(acts: Acts, directory: string, release: string): Promise<void> {
  if (releaseTime(release) === null) {
    throw new Error(
      `${JSON.stringify(release.slice(0, 80))} is not a release: releases are named YYYYMMDD-HHMMSS`,
    );
  }
  const stats = await lstat(join(directory, release)).catch(() => null);
  if (!stats?.isDirectory()) throw new Error(`There is no release ${release}`);
  const current = join(directory, CURRENT);
  if (await isThere(current)) {
    if (!(await lstat(current)).isSymbolicLink()) {
      throw new Error('current is a plain directory, not a symlink to a release: move it away first');
    }
    if ((await readlink(current)) === release) return;
  }
  await acts.point(current, join(directory, STRAY_CURRENT), release);
}
