import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database as Client } from 'better-sqlite3';
import { syncDirectoryNow } from '../src/host/files.ts';
import { DatabaseError, damaged } from './errors.ts';

const HEADER = 'SQLite format 3\0';

export interface FoundFile {
  /** In bytes, without the write-ahead log. */
  readonly size: number;
  /** The last process that had it open has closed it: SQLite then removes the write-ahead log. */
  readonly clean: boolean;
}

/**
 * Looks at the file before SQLite does, which would take an empty one for a new database. Must not be called while this
 * process has the database open: closing the file would drop SQLite's locks.
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
 * Makes a database under a temporary name and renames it when it is complete and synced, so that a file of this name
 * is never half made. The directory must be there.
 * @param fill makes the tables, and closes the database.
 * @throws DatabaseError where there is a write-ahead log without its database; the system's error
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

/** To read a whole file of this size takes some 150 ms. In bytes. */
const SMALL = 64 * 1024 * 1024;

/** After a crash of the control plane or of the machine, which is rare, as much is read. In bytes. */
const LARGE = 512 * 1024 * 1024;

/** Commands depend on these: a fault in them must be found before an app is changed. They stay small. */
const DECISIVE = ['apps', 'ports', 'meta', 'epochs', 'installs', 'tokens', '__drizzle_migrations'];

/**
 * Checks as much of the database as can be read at each start: all of it where it is small or was not closed, else the
 * tables that commands depend on. A fault in the rest (marks, old events and runs) is an error where it is read.
 * @throws DatabaseError DAMAGED; SQLite's error where the schema itself cannot be read
 */
export function checkIntegrity(client: Client, file: string, found: FoundFile): void {
  const whole = found.size <= SMALL || (!found.clean && found.size <= LARGE);
  const faults = whole ? quickCheck(client) : tablesOf(client).flatMap((table) => quickCheck(client, table));
  const [first] = faults;
  if (first !== undefined) throw damaged(file, first.replace(/\s+/g, ' ').replace(/^\*\*\* /, ''));
}

function tablesOf(client: Client): string[] {
  const present = client
    .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all();
  return DECISIVE.filter((table) => present.some(({ name }) => name === table));
}

function quickCheck(client: Client, table?: string): string[] {
  const rows = client.pragma(table === undefined ? 'quick_check(1)' : `quick_check('${table}')`);
  const answers = (rows as { quick_check: string }[]).map((row) => row.quick_check);
  return answers.filter((answer) => answer !== 'ok');
}
