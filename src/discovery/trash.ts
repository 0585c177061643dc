import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { releaseTime } from '../core/release.ts';
import { codeOf } from '../host/files.ts';
import type { Acts } from './acts.ts';
import { isThere } from './app-directory.ts';
import { identityOf } from './file-identity.ts';

export const TRASH = '.trash';

const TRASH_MODE = 0o700;

/** `<name>-<YYYYMMDD-HHMMSS>`, with a number where the name was trashed more than once in a second. */
const TRASHED = /^.+-(\d{8}-\d{6})(?:\.\d+)?$/s;

/**
 * Moves a directory of APPS_DIR into its trash, on the same file system, and answers where to.
 * @throws the system's error, and nothing has moved
 */
export async function moveToTrash(acts: Acts, appsDir: string, name: string, now: number): Promise<string> {
  const trash = join(appsDir, TRASH);
  await acts.makeDirectory(trash, TRASH_MODE).catch((error) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await assertTrash(trash);
  for (let count = 1; ; count++) {
    const target = join(trash, `${name}-${stamp(now)}${count === 1 ? '' : `.${count}`}`);
    if (await isThere(target)) continue;
    try {
      await acts.rename(join(appsDir, name), target);
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) continue;
      throw error;
    }
    return target;
  }
}

/**
 * Moves a directory from the trash back into APPS_DIR.
 * @param trashed what `moveToTrash` answered.
 * @throws Error, and nothing has moved
 */
export async function moveFromTrash(
  acts: Acts,
  appsDir: string,
  trashed: string,
  target: string,
): Promise<void> {
  const trash = join(appsDir, TRASH);
  // The name is checked too, because the directory in front of `..` would pass.
  if (dirname(trashed) !== trash || !TRASHED.test(basename(trashed))) {
    throw new Error(`${trashed} does not lie in ${trash}`);
  }
  await assertTrash(trash);
  if (await isThere(target)) throw new Error(`${target} is taken: what was in the trash stays there`);
  await acts.rename(trashed, target);
}

/** Whether the directory of this identity lies in the trash. @throws the system's error */
export async function hasTrashed(appsDir: string, identity: string): Promise<boolean> {
  const trash = join(appsDir, TRASH);
  for (const name of await readdir(trash).catch(() => [])) {
    const stats = await lstat(join(trash, name), { bigint: true }).catch(() => null);
    if (stats && identityOf(stats) === identity) return true;
  }
  return false;
}

/** What was trashed before that time, in milliseconds since the epoch: the paths. */
export async function trashedBefore(appsDir: string, before: number): Promise<readonly string[]> {
  const trash = join(appsDir, TRASH);
  const names = (await isTrash(trash)) ? await readdir(trash).catch(() => []) : [];
  return names
    .filter((name) => {
      // A name of another form was not put there by this program, and stays.
      const time = releaseTime(TRASHED.exec(name)?.[1] ?? '');
      return time !== null && time < before;
    })
    .map((name) => join(trash, name));
}

/** A symlink in its place leads to a directory of others: nothing is moved there, and nothing there is removed. */
async function assertTrash(trash: string): Promise<void> {
  if (!(await isTrash(trash))) throw new Error(`${trash} is not a directory: remove it`);
}

async function isTrash(trash: string): Promise<boolean> {
  return (await lstat(trash).catch(() => null))?.isDirectory() ?? false;
}

/** YYYYMMDD-HHMMSS, in UTC. */
function stamp(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}
