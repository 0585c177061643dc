import { basename } from 'node:path';
import { DrizzleError } from 'drizzle-orm';
import { reasonOf } from '../src/core/errors.ts';
import { codeOf } from '../src/host/files.ts';

/**
 * DAMAGED: a database of Toehold, parts of which cannot be read. NEWER: a later version of Toehold wrote it.
 * UNREADABLE: not a database, another program's, or the system denies access. LOCKED: another process has it.
 */
export type DatabaseErrorCode = 'DAMAGED' | 'NEWER' | 'UNREADABLE' | 'LOCKED';

/** The database cannot be opened. The message says what was found and what to do. Nothing was changed. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;
  readonly file: string;
  /** @param problem goes on after the file's name: `is damaged: ...` */
  constructor(code: DatabaseErrorCode, file: string, problem: string, options?: ErrorOptions) {
    super(`${file} ${problem}`, options);
    this.code = code;
    this.file = file;
  }
}

/** SQLite's own error. Drizzle wraps it in one whose message is the statement. */
export function originOf(error: unknown): unknown {
  return error instanceof DrizzleError && error.cause ? originOf(error.cause) : error;
}

export function damaged(file: string, found: string, options?: ErrorOptions): DatabaseError {
  const name = basename(file);
  return new DatabaseError(
    'DAMAGED',
    file,
    `is damaged: ${found}. Put a backup in its place, or try \`sqlite3 ${name} .recover\`; to begin anew, move it and ${name}-wal away (apps, ports and logs are then forgotten)`,
    options,
  );
}

/** The error for a database that cannot be opened. A DatabaseError stays as it is. */
export function openingError(file: string, thrown: unknown): DatabaseError {
  if (thrown instanceof DatabaseError) return thrown;
  const error = originOf(thrown);
  const code = codeOf(error);
  const options = { cause: error };
  const why = reasonOf(error);
  if (code.startsWith('SQLITE_CORRUPT')) return damaged(file, why, options);
  // The version fits, but a part of it is missing: somebody dropped it.
  if (/^no such (table|column|index): /.test(why)) return damaged(file, why, options);
  if (code === 'SQLITE_NOTADB') return damaged(file, 'its first page is not what SQLite wrote', options);
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new DatabaseError(
      'LOCKED',
      file,
      `is locked by another program: close that one, then start again`,
      options,
    );
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const advice = 'let this user write to it and to its directory, or set DATA_DIR to another one';
    return new DatabaseError('UNREADABLE', file, `cannot be written (${why}): ${advice}`, options);
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return new DatabaseError(
      'UNREADABLE',
      file,
      `cannot be written: the disk is full. Make room, then start again`,
      options,
    );
  }
  return new DatabaseError('UNREADABLE', file, `cannot be opened: ${why}`, options);
}
