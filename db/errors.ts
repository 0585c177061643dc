import { reasonOf } from '../src/core/errors.ts';

/**
 * DAMAGED: it was a database of ours, and parts of it are not readable. NEWER: a later version of
 * Toehold wrote it. UNREADABLE: no database, another program's, or the system does not let us at it.
 * LOCKED: another process holds it.
 */
export type DatabaseErrorCode = 'DAMAGED' | 'NEWER' | 'UNREADABLE' | 'LOCKED';

/** The database cannot be opened. The message says what was found and what to do; nothing was changed. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;
  readonly file: string;
  constructor(code: DatabaseErrorCode, file: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.file = file;
  }
}

/** SQLite's name of what went wrong (`SQLITE_FULL`, ...), where the error is SQLite's. */
export function sqliteCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return error.code;
}

const ADVICE_DAMAGED =
  'Put a copy of it back, or try `sqlite3 <file> .recover`; move it away to begin with an empty one.';

/** Says of a database that cannot be opened what that means. A DatabaseError stays what it is. */
export function openingError(file: string, error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const code = sqliteCode(error) ?? '';
  const options = { cause: error };
  const why = reasonOf(error);
  if (code.startsWith('SQLITE_CORRUPT')) return damaged(file, why, options);
  if (code === 'SQLITE_NOTADB') return damaged(file, "its header is not a SQLite database's", options);
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new DatabaseError(
      'LOCKED',
      file,
      `${file} is locked by another program (${why}): close it and start again`,
      options,
    );
  }
  return new DatabaseError('UNREADABLE', file, `${file} cannot be opened: ${why}`, options);
}

export function damaged(file: string, found: string, options?: ErrorOptions): DatabaseError {
  return new DatabaseError('DAMAGED', file, `${file} is damaged: ${found}. ${ADVICE_DAMAGED}`, options);
}
