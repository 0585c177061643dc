import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What tells whether a file has changed since the last look. */
export interface FileFacts {
  readonly size: number;
  readonly mtime: number;
}

/** Null where there is no such file, or it cannot be looked at: for a spool that is the same. */
export function factsOf(path: string): FileFacts | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() ? { size: stats.size, mtime: stats.mtimeMs } : null;
  } catch {
    return null;
  }
}

/** Opens for reading; null where that fails. */
export function openForReading(path: string): number | null {
  try {
    return openSync(path, 'r');
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
