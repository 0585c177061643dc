import type { Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { AppUser } from './app-user.ts';
import { mayWriteTo } from './as-user.ts';

const STICKY = 0o1000;
/** As many as Linux follows in one path. */
const MOST_LINKS = 40;

/**
 * Whether the user could put something else in place of what lies in this directory, or of anything on the way
 * to it. Where it could not, nobody but root and the directories' other owners changes what the path means, and
 * root may act on it by its name.
 * @param directory absolute; symlinks on the way are followed, and their own places looked at too. What is not
 * there cannot be exchanged.
 */
export async function mayExchangeIn(user: AppUser, directory: string): Promise<boolean> {
  let path: string = sep;
  let rest = directory.split(sep).filter((name) => name !== '');
  let links = 0;
  for (let above = await lstat(path); ; ) {
    if (await mayWriteHere(user, path, above, rest.length === 0)) return true;
    const name = rest.shift();
    if (name === undefined) return false;
    const next = join(path, name);
    const stats = await lstat(next).catch(() => null);
    if (!stats) return false;
    if (stats.uid === user.uid) return true;
    if (stats.isSymbolicLink()) {
      if (++links > MOST_LINKS) return true;
      const target = await readlink(next).catch(() => null);
      if (target === null) return true;
      if (target.startsWith(sep)) path = sep;
      rest = [...target.split(sep).filter((part) => part !== ''), ...rest];
    } else path = next;
    above = await lstat(path);
  }
}

/** The same of any of them. */
export async function mayExchangeInAny(user: AppUser, directories: readonly string[]): Promise<boolean> {
  for (const directory of new Set(directories)) if (await mayExchangeIn(user, directory)) return true;
  return false;
}

/** @param last false: it matters only whether what is another's there can be moved. */
async function mayWriteHere(user: AppUser, path: string, stats: Stats, last: boolean): Promise<boolean> {
  if (stats.uid === user.uid) return true;
  if (!last && stats.mode & STICKY) return false;
  if (bitsFor(user, stats) & 2) return true;
  // An access control list shows as the group's bits: only the system knows for whom they are.
  return (stats.mode & 0o020) !== 0 && (await mayWriteTo(user, path));
}

/** The user's own bits of a mode: 4 to read, 2 to write, 1 to pass or run. */
export function bitsFor(user: AppUser, { uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>): number {
  if (uid === user.uid) return (mode >> 6) & 7;
  return gid === user.gid || user.groups.includes(gid) ? (mode >> 3) & 7 : mode & 7;
}

/**
 * Whether the user could read a file by itself.
 * @param path where it really lies.
 */
export async function mayRead(user: AppUser, path: string, stats: Stats): Promise<boolean> {
  if (!(bitsFor(user, stats) & 4)) return false;
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const above = await lstat(directory).catch(() => null);
    if (!above || !(bitsFor(user, above) & 1)) return false;
    if (directory === dirname(directory)) return true;
  }
}

/** For whom a file is read that another user may have put there. */
export interface Reader {
  readonly user: AppUser;
  /** The directories that decide which file it is. */
  readonly places: readonly string[];
}

/**
 * Root reads for the user what the user could read by itself, or what the user cannot have put there: not what a
 * symlink or a hard link of the user's leads to.
 * @param opened where the open file really lies.
 * @throws Error with a sentence.
 */
export async function assertReadable(
  reader: Reader,
  shown: string,
  opened: string,
  stats: Stats,
): Promise<void> {
  const { user, places } = reader;
  if (await mayRead(user, opened, stats)) return;
  if (!(await mayExchangeInAny(user, [...places, dirname(shown)]))) return;
  throw new UnreadableError(
    `${shown} may not be read by ${user.name}, as whom apps run (TOEHOLD_APP_USER): give it to that user (chown)`,
  );
}

/** See `assertReadable`. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}
