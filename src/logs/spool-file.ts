import { closeSync, constants, ftruncateSync, lstatSync, openSync, readSync } from 'node:fs';

/** A log may belong to the user as whom its app runs: it is never opened through a symlink, and no pipe is waited for. */
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK;
const { O_RDONLY, O_WRONLY } = constants;

/** What tells whether a file has changed since the last look. */
export interface FileFacts {
  readonly size: number;
  readonly mtime: number;
}

/** Null where there is no such file, or it cannot be looked at: for a spool that is the same. */
export function factsOf(path: string): FileFacts | null {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isFile() ? { size: stats.size, mtime: stats.mtimeMs } : null;
  } catch {
    return null;
  }
}

/** Opens for reading; null where that fails. */
export function openForReading(path: string): number | null {
  try {
    return openSync(path, O_RDONLY | SAFE);
  } catch {
    return null;
  }
}

/** Fills the buffer from its start, as far as the file goes. @returns how many bytes it got; 0 at any error. */
export function readAt(fd: number, into: Buffer, position: number): number {
  let length = 0;
  try {
    while (length < into.length) {
      const got = readSync(fd, into, length, into.length - length, position + length);
      if (got === 0) break;
      length += got;
    }
  } catch {
    return 0;
  }
  return length;
}

/** Opens the file for the time of the work. Null where it cannot be opened. */
export function withFile<T>(path: string, work: (fd: number) => T): T | null {
  const fd = openForReading(path);
  if (fd === null) return null;
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** Empties the file. @throws the system's error, where it is not there, or a symlink */
export function truncateFile(path: string): void {
  const fd = openSync(path, O_WRONLY | SAFE);
  try {
    ftruncateSync(fd);
  } finally {
    closeSync(fd);
  }
}
