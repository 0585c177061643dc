import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { type FileHandle, open, readlink, rename, rm } from 'node:fs/promises';
import { dirname, sep } from 'node:path';

export { codeOf, SAFE_OPEN } from './safe-open.ts';

/** A file lies outside of the directory that it must lie in. It is neither read nor written. */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';

  constructor(path: string, real: string) {
    super(`${path} leads out of APPS_DIR, to ${real}: put it there, or set TOEHOLD_ALLOW_OUTSIDE`);
  }
}

/** Whether a real path is the directory itself or lies below it. */
export function isInside(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/**
 * The path of the file that was really opened: a directory on the way may have been exchanged since the path was
 * looked at. Null where the system has no /proc.
 */
export async function openedPath(file: FileHandle): Promise<string | null> {
  return readlink(`/proc/self/fd/${file.fd}`).catch(() => null);
}

/** After this, a power failure does not undo a rename or a new name in the directory. @throws the system's error */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The same, before this returns. */
export function syncDirectoryNow(path: string): void {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/**
 * Replaces what is at a path in one step: at any time, and after a power failure, the old or the new one is there.
 * @param temporary in the same directory; what an interrupted call left there is removed.
 * @param make makes the new one at `temporary`.
 * @throws what `make` throws, or the system's error; then the old one is still there
 */
export async function replaceWith(path: string, temporary: string, make: () => Promise<void>): Promise<void> {
  try {
    await rm(temporary, { force: true });
    await make();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

export interface FileForm {
  /** Set whatever the umask is. */
  readonly mode: number;
  /** Null, or left out: the user of this process. Only root can give a file away; for other users this does nothing. */
  readonly owner?: { readonly uid: number; readonly gid: number } | null;
}

export interface ReplaceOptions extends FileForm {
  /** See `replaceWith`; a new name where it is left out. */
  readonly temporary?: string;
  /** The real directory that the file must lie in; it may lie anywhere where this is null or left out. */
  readonly within?: string | null;
}

/** Replaces a file, as `replaceWith` does. @throws OutsideError, or the system's error */
export async function replaceFile(path: string, text: string, options: ReplaceOptions): Promise<void> {
  const temporary = options.temporary ?? `${path}.${randomBytes(6).toString('hex')}`;
  await replaceWith(path, temporary, () => writeNew(temporary, text, options));
}

async function writeNew(path: string, text: string, options: ReplaceOptions): Promise<void> {
  const { mode, owner = null, within = null } = options;
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    const opened = within === null ? null : await openedPath(file);
    if (within !== null && opened !== null && !isInside(within, opened)) throw new OutsideError(path, opened);
    if (owner) await giveTo(file, owner);
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function giveTo(file: FileHandle, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  const stats = await file.stat();
  if (stats.uid !== uid || stats.gid !== gid) await file.chown(uid, gid).catch(() => {});
}
