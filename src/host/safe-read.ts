import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { assertReadable, type Reader } from './exchangeable.ts';
import { codeOf, isInside, OutsideError, openedPath, SAFE_OPEN } from './files.ts';

export interface ReadFile {
  readonly bytes: Buffer;
  /** When it was last written, in milliseconds since the epoch. */
  readonly changedAt: number;
}

/** The file has more bytes than the limit. Nothing of it was returned. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/**
 * Reads a regular file. Never follows a symlink at the path itself, and never waits for a pipe or a terminal.
 * @param limit in bytes.
 * @param within the real directory that the file must lie in; null where it may lie anywhere.
 * @param reader for whom the file is read, where another user may have put it there.
 * @returns null where nothing has that name.
 * @throws OutsideError, TooLargeError, UnreadableError, or the system's error
 */
export async function readRegular(
  path: string,
  limit: number,
  within: string | null = null,
  reader: Reader | null = null,
): Promise<ReadFile | null> {
  return readChecked(path, path, limit, within, reader);
}

/**
 * As `readRegular`, before this returns: for small files of the state directory. A thread of the pool costs many times
 * the reading. Never for a directory of an app, which may be on a network disk that hangs.
 */
export function readRegularNow(path: string, limit: number): ReadFile | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | SAFE_OPEN);
  } catch (error) {
    if (saysAbsent(error)) return null;
    throw error;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw notAFile(path);
    const buffer = Buffer.allocUnsafe(Math.min(stats.size, limit) + 1);
    const length = readSync(file, buffer, 0, buffer.length, 0);
    if (length > limit)
      throw new TooLargeError(`${path} has more than ${limit} bytes, and no more are taken`);
    return { bytes: buffer.subarray(0, length), changedAt: Math.round(stats.mtimeMs) };
  } finally {
    closeSync(file);
  }
}

/** The same, but follows symlinks. */
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
  if (within !== null && !isInside(within, real)) throw new OutsideError(path, real);
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
    file = await open(path, constants.O_RDONLY | SAFE_OPEN);
  } catch (error) {
    if (saysAbsent(error)) return null;
    // What O_NONBLOCK makes of a socket.
    if (codeOf(error) === 'ENXIO') throw notAFile(shown);
    throw error;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw notAFile(shown);
    const opened = within === null && reader === null ? null : await openedPath(file);
    if (within !== null && opened !== null && !isInside(within, opened))
      throw new OutsideError(shown, opened);
    if (reader) await assertReadable(reader, shown, opened ?? path, stats);
    const bytes = stats.size > limit ? null : await readUpTo(file, limit, stats.size);
    if (bytes === null)
      throw new TooLargeError(`${shown} has more than ${limit} bytes, and no more are taken`);
    return { bytes, changedAt: Math.round(stats.mtimeMs) };
  } finally {
    await file.close();
  }
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
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
}

function notAFile(path: string): Error {
  return new Error(`${path} is not a file`);
}
