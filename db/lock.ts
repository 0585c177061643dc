import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite, { type Database as Client } from 'better-sqlite3';
import { codeOf } from '../src/host/files.ts';
import { startTimeOf } from '../src/host/process-identity.ts';
import { openingError } from './errors.ts';

/** The process that has the state directory. */
export interface LockHolder {
  readonly pid: number;
  /** In clock ticks since the machine started; null where the system has no /proc. */
  readonly startTime: number | null;
  /** When it took the lock, in milliseconds since the epoch. */
  readonly since: number;
}

/** Another control plane has this state directory. */
export class StateDirectoryLockedError extends Error {
  override readonly name = 'StateDirectoryLockedError';
  readonly directory: string;
  readonly holder: LockHolder | null;
  constructor(directory: string, holder: LockHolder | null) {
    const who = holder
      ? `pid ${holder.pid}, since ${new Date(holder.since).toISOString()}`
      : 'it does not say who';
    super(
      `${directory} is in use by another control plane (${who}): stop that one, or set DATA_DIR to another directory`,
    );
    this.directory = directory;
    this.holder = holder;
  }
}

export interface StateDirectoryLock {
  release(): void;
}

/** The garbage collector would close a lock that its owner does not keep. */
const held = new Set<Client>();

/** In milliseconds. Enough for another process that reads the holder; a control plane holds the lock until it ends. */
const BUSY_TIMEOUT = 500;

/**
 * Locks the state directory for this process (it is made where there is none, mode 0700). The lock is an open
 * transaction on `lock.db`, which no other process can begin. It ends with `release` or with the process, when the
 * kernel drops its locks. Other processes may read who holds it. Nothing in this process may open `lock.db` as a plain
 * file: closing that would drop the lock.
 * @throws StateDirectoryLockedError; DatabaseError where lock.db cannot be used
 */
export function lockStateDirectory(directory: string, now: number = Date.now()): StateDirectoryLock {
  const file = join(directory, 'lock.db');
  let client: Client | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    client = new SQLite(file, { timeout: BUSY_TIMEOUT });
    chmodSync(file, 0o600);
    const holder = { pid: process.pid, startTime: startTimeOf(process.pid), since: now };
    client.exec('BEGIN IMMEDIATE');
    do {
      writeHolder(client, holder);
      client.exec('COMMIT');
      // Another process may get in between. It then writes itself, and either keeps the lock or gives up.
      client.exec('BEGIN IMMEDIATE');
    } while (!isSame(readHolder(client), holder));
  } catch (error) {
    const locked = client !== undefined && codeOf(error).startsWith('SQLITE_BUSY');
    const holder = locked ? readHolder(client) : null;
    client?.close();
    throw locked ? new StateDirectoryLockedError(directory, holder) : openingError(file, error);
  }
  const lock = client;
  held.add(lock);
  return {
    release: () => {
      held.delete(lock);
      lock.close();
    },
  };
}

function writeHolder(client: Client, holder: LockHolder): void {
  client.exec(
    'CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL, start_time INTEGER, since INTEGER NOT NULL)',
  );
  client.exec('DELETE FROM holder');
  client.prepare('INSERT INTO holder VALUES (?, ?, ?)').run(holder.pid, holder.startTime, holder.since);
}

function isSame(one: LockHolder | null, other: LockHolder): boolean {
  return one?.pid === other.pid && one.startTime === other.startTime && one.since === other.since;
}

function readHolder(client: Client | undefined): LockHolder | null {
  try {
    return (
      client?.prepare<[], LockHolder>('SELECT pid, start_time AS startTime, since FROM holder').get() ?? null
    );
  } catch {
    return null;
  }
}
