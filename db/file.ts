import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectoryNow } from '../src/host/files.ts';
import { DatabaseError, damaged } from './errors.ts';

const HEADER = 'SQLite format 3\0';

export interface FoundFile {
  /** In bytes, less what is in the write-ahead log. */
  readonly size: number;
  /** Whoever had it open last has closed it: SQLite then removes the write-ahead log. */
  readonly clean: boolean;
}

/**
 * Looks at the file before SQLite does, which would take an empty one for a new database.
 * Must not be called while this process has it open: closing it here would drop SQLite's locks.
 * @throws DatabaseError
 */
export function inspectFile(file: string): FoundFile {
  const stat = statSync(file);
  if (!stat.isFile()) {
    const kind = stat.isDirectory() ? 'a directory' : 'no regular file';
    throw new DatabaseError('UNREADABLE', file, `is ${kind}, and the database belongs there: move it away`);
  }
  if (stat.size === 0) throw damaged(file, 'it is empty');
  const header = Buffer.alloc(HEADER.length);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, header, 0, header.length, 0);
  } finally {
    closeSync(fd);
  }
  if (header.toString('latin1') !== HEADER) {
    throw new DatabaseError(
      'UNREADABLE',
      file,
      'is not a SQLite database: if it was one, put a backup in its place; else move it away',
    );
  }
  return { size: stat.size, clean: sizeOf(`${file}-wal`) === 0 };
}

/**
 * Makes a database under another name and gives it its own when it is whole and on the disk: a file of
 * that name is never half made. The directory must be there.
 * @param fill makes the tables, and closes the database.
 * @throws DatabaseError where a write-ahead log is there whose database is gone; the system's error
 */
export function createFile(file: string, fill: (file: string) => void): void {
  const log = `${file}-wal`;
  if (sizeOf(log) > 0) {
    throw new DatabaseError(
      'DAMAGED',
      file,
      `is missing, but what was written to it last is in ${log}: put the file back, or move that away too to begin anew`,
    );
  }
  const made = `${file}.new`;
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${made}${suffix}`, { force: true });
  closeSync(openSync(made, 'wx', 0o600));
  try {
    fill(made);
    renameSync(made, file);
  } finally {
    rmSync(made, { force: true });
  }
  syncDirectoryNow(dirname(file));
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
