import { constants } from 'node:fs';

// Apart from files.ts, because each command of the command line loads it.

/**
 * Added to the flags of every open of a path at which another user may have put something else. The open then follows
 * no symlink, does not block at a pipe, and does not make a terminal this process's own.
 */
export const SAFE_OPEN = constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;

/** The name that the system or SQLite gives an error (`ENOENT`, `SQLITE_FULL`); empty where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
