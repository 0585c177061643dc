import type { Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { AppUser } from './app-user.ts';
import { mayWriteTo } from './as-user.ts';

const STICKY = 0o1000;
/** As many as Linux follows in one path. */
const MOST_LINKS = 40;

/**
 * Whether the user could replace what is in this directory, or anything on the way to it. If not, only root and the
 * owners of these directories can change what the path means, and root may act on it by its name.
 * @param directory absolute. Symlinks on the way are followed, and the directories that they are in are looked at too.
 * What does not exist cannot be exchanged.
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

/** The same for any of these directories. */
export async function mayExchangeInAny(user: AppUser, directories: readonly string[]): Promise<boolean> {
  for (const directory of new Set(directories)) if (await mayExchangeIn(user, directory)) return true;
  return false;
}

/** @param last false: it matters only whether the user could move what belongs to others there. */
async function mayWriteHere(user: AppUser, path: string, stats: Stats, last: boolean): Promise<boolean> {
  if (stats.uid === user.uid) return true;
  if (!last && stats.mode & STICKY) return false;
  if (bitsFor(user, stats) & 2) return true;
  // With an access control list the group's bits are its mask: only the system knows for whom they are.
  return (stats.mode & 0o020) !== 0 && (await mayWriteTo(user, path));
}

/** The bits of a mode that apply to the user: 4 to read, 2 to write, 1 to enter or run. */
export function bitsFor(user: AppUser, { uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>): number {
  if (uid === user.uid) return (mode >> 6) & 7;
  return gid === user.gid || user.groups.includes(gid) ? (mode >> 3) & 7 : mode & 7;
}

/**
 * Whether the user itself could read a file.
 * @param path its real path.
 */
export async function mayRead(user: AppUser, path: string, stats: Stats): Promise<boolean> {
  if (!(bitsFor(user, stats) & 4)) return false;
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const above = await lstat(directory).catch(() => null);
    if (!above || !(bitsFor(user, above) & 1)) return false;
    if (directory === dirname(directory)) return true;
  }
}

/** The user for whom a file is read, which may have put the file there. */
export interface Reader {
  readonly user: AppUser;
  /** The directories that decide which file it is. */
  readonly places: readonly string[];
}

/**
 * Root reads for the user only what the user itself could read, or what the user cannot have put there. Otherwise a
 * symlink or a hard link of the user's could make root read any file.
 * @param opened the real path of the open file.
 * @throws UnreadableError
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

/** The user may not read a file, and root does not read it for the user. See `assertReadable`. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}
