import { appendFileSync, closeSync, constants, ftruncateSync, lstatSync, openSync, readSync } from 'node:fs';
import { SAFE_OPEN } from '../host/files.ts';
import { FILE_MODE } from './format.ts';

// A log may belong to the user as whom its app runs, who may have put something else in its place.
const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT } = constants;

/** What shows whether a file has changed since the last look. */
export interface FileFacts {
  /** In bytes. */
  readonly size: number;
  /** In milliseconds since the epoch. */
  readonly mtime: number;
}

/** Null where there is no such file, or it cannot be looked at: a spool treats both alike. */
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
    return openSync(path, O_RDONLY | SAFE_OPEN);
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

/** Opens the file, does the work, and closes it. Null where it cannot be opened. */
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
  const fd = openSync(path, O_WRONLY | SAFE_OPEN);
  try {
    ftruncateSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Appends a line. If the write fails (for example, the disk is full), only this line is lost. */
export function appendLine(path: string, text: string): void {
  try {
    const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | SAFE_OPEN, FILE_MODE);
    try {
      appendFileSync(fd, `${text}\n`);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The console has it.
  }
}
