import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { assertReadable, type Reader } from './exchangeable.ts';

/**
 * Whoever can write where a file is expected may put something else there: a pipe, at which an open would hang,
 * a terminal, which would become ours, a symlink to what only this process may read.
 */
const SAFE_READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;

export interface ReadFile {
  readonly bytes: Buffer;
  /** When it was last written, in milliseconds since the epoch. */
  readonly changedAt: number;
}

/** The file leads out of where it must lie: never read, and nothing of it is told. */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
}

/**
 * Reads a regular file, never through a symlink, and at once.
 * @param limit in bytes.
 * @returns null where there is nothing of that name.
 * @throws the system's error, or a sentence where it is no regular file or too large.
 */
export async function readRegular(path: string, limit: number): Promise<ReadFile | null> {
  return readChecked(path, path, limit, null, null);
}

/**
 * The same behind symlinks, as long as the file itself lies in a directory.
 * @param within a real path; null where it may lie anywhere.
 * @param reader for whom, where another user may have put it there.
 * @throws OutsideError where it leads out of there.
 */
export async function readWithin(
  path: string,
  limit: number,
  within: string | null,
  reader: Reader | null = null,
): Promise<ReadFile | null> {
  const real = await realpath(path).catch((error) => {
    if (saysAbsent(error)) return null;
    throw error;
  });
  if (real === null) return null;
  if (within !== null && !isInside(within, real)) throw leadsOut(path, real);
  return readChecked(path, real, limit, within, reader);
}

async function readChecked(
  shown: string,
  path: string,
  limit: number,
  within: string | null,
  reader: Reader | null,
): Promise<ReadFile | null> {
  let file: FileHandle;
  try {
    file = await open(path, SAFE_READ);
  } catch (error) {
    if (saysAbsent(error)) return null;
    // What O_NONBLOCK makes of a socket.
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') throw notAFile(shown);
    throw error;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw notAFile(shown);
    const opened = within === null && reader === null ? null : await openedPath(file);
    if (within !== null && opened !== null && !isInside(within, opened)) throw leadsOut(shown, opened);
    if (reader) await assertReadable(reader, shown, opened ?? path, stats);
    const bytes = stats.size > limit ? null : await readUpTo(file, limit, stats.size);
    if (bytes === null) throw new Error(`${shown} has more than ${limit} bytes, and no more are taken`);
    return { bytes, changedAt: Math.round(stats.mtimeMs) };
  } finally {
    await file.close();
  }
}

/** What was really opened: a directory on the way may have been exchanged since. Null where no system tells. */
async function openedPath(file: FileHandle): Promise<string | null> {
  return readlink(`/proc/self/fd/${file.fd}`).catch(() => null);
}

/** Null where the file grew beyond the limit meanwhile. */
async function readUpTo(file: FileHandle, limit: number, size: number): Promise<Buffer | null> {
  let buffer = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (length > limit) return null;
    if (bytesRead === 0) return buffer.subarray(0, length);
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(2 * length, limit + 1));
  }
}

function saysAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Whether a real path is a real directory or lies below it. */
export function isInside(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function notAFile(path: string): Error {
  return new Error(`${path} is not a file`);
}

function leadsOut(path: string, real: string): OutsideError {
  return new OutsideError(
    `${path} leads out of APPS_DIR, to ${real}: put it there, or set TOEHOLD_ALLOW_OUTSIDE`,
  );
}
