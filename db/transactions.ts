import type { Database as Client } from 'better-sqlite3';
import type { Transactions } from '../src/contracts/stores.ts';
import { codeOf } from '../src/host/files.ts';
import { originOf } from './errors.ts';

export interface WriteScope extends Transactions {
  /**
   * For a write of one statement. Its failure undoes that statement only, and an open transaction may go on. (A full
   * disk can end the transaction in SQLite: then nothing more is written.)
   */
  write<T>(statement: () => T): T;
  /** What this transaction writes must survive a power failure: the commit waits for the disk. */
  durable(): void;
  /** Calls the listener after each rollback: values that were remembered of the tables may be wrong then. */
  onRollback(listener: () => void): void;
}

/** How long a write waits for another program's write, in milliseconds. The event loop is blocked meanwhile. */
const PATIENCE = 50;

/**
 * One transaction at a time, on the only connection that writes. An inner call joins the outer one; once an inner call
 * has thrown, the outer one cannot be committed any more, even if its work caught the error.
 *
 * While another program writes, a transaction fails with SQLITE_BUSY, and the caller tries again later. Only the first
 * of them waits for that program, for a moment: if all waited, they would block the event loop as long as the other
 * program writes. The very first transaction waits as long as the connection was opened with: no client is connected
 * yet.
 * @param confirm syncs all that was committed so far. It never throws: the commit is made.
 * @param patience how long a later one waits for another program's write, in milliseconds.
 */
export function createTransactions(client: Client, confirm: () => void, patience = PATIENCE): WriteScope {
  const begin = client.prepare('BEGIN IMMEDIATE');
  const commit = client.prepare('COMMIT');
  const rollback = client.prepare('ROLLBACK');
  const listeners: (() => void)[] = [];
  let open = false;
  let mustConfirm = false;
  let broken: { readonly error: unknown } | null = null;
  let timeout: number | null = null;

  function beginNow(): void {
    try {
      begin.run();
    } catch (error) {
      if (codeOf(error).startsWith('SQLITE_BUSY')) waitFor(0);
      throw error;
    }
    waitFor(patience);
  }

  function waitFor(ms: number): void {
    if (ms !== timeout) client.pragma(`busy_timeout = ${ms}`);
    timeout = ms;
  }

  function joined<T>(work: () => T): T {
    if (broken) throw broken.error;
    try {
      return work();
    } catch (error) {
      broken ??= { error };
      throw error;
    }
  }

  function outermost<T>(work: () => T): T {
    beginNow();
    open = true;
    mustConfirm = false;
    try {
      const result = work();
      if (broken) throw (broken as { readonly error: unknown }).error;
      if (result instanceof Promise) throw new TypeError('The work of a transaction must be synchronous');
      commit.run();
      open = false;
      return result;
    } catch (error) {
      open = false;
      if (client.inTransaction) rollback.run();
      for (const listener of listeners) listener();
      throw originOf(error);
    } finally {
      broken = null;
    }
  }

  function transaction<T>(work: () => T): T {
    if (open) return joined(work);
    const result = outermost(work);
    if (mustConfirm) confirm();
    return result;
  }

  function write<T>(statement: () => T): T {
    if (!open) return transaction(statement);
    if (broken) throw broken.error;
    try {
      return statement();
    } catch (error) {
      if (!client.inTransaction) broken = { error };
      throw originOf(error);
    }
  }

  return {
    transaction,
    write,
    durable: () => {
      mustConfirm = true;
    },
    onRollback: (listener) => {
      listeners.push(listener);
    },
  };
}

/** A value that is read from the tables once; the code that writes the tables then keeps it up to date. */
export interface Remembered<T> {
  get(): T;
  set(value: T): void;
  /** The next `get` reads it again. */
  forget(): void;
}

/** After a rollback, the next `get` reads it again. */
export function remember<T>(db: WriteScope, read: () => T): Remembered<T> {
  let held: { readonly value: T } | null = null;
  const forget = (): void => {
    held = null;
  };
  db.onRollback(forget);
  return {
    get: () => {
      held ??= { value: read() };
      return held.value;
    },
    set: (value) => {
      held = { value };
    },
    forget,
  };
}
