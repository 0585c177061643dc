import type { Database as Client } from 'better-sqlite3';
import type { Transactions } from '../src/contracts/stores.ts';
import { codeOf } from '../src/host/files.ts';
import { originOf } from './errors.ts';

export interface WriteScope extends Transactions {
  /**
   * For a write of one statement: its failure undoes that statement alone, and a transaction that is
   * under way may go on. (A full disk can end the transaction in SQLite: then nothing more is written.)
   */
  write<T>(statement: () => T): T;
  /** What is being written must survive a power cut: the commit waits for the disk. */
  durable(): void;
  /** Called after something was undone: what is remembered of the tables may be wrong. */
  onRollback(listener: () => void): void;
}

/** How long a write waits for another program's write, in milliseconds: the event loop stands still meanwhile. */
const PATIENCE = 50;

/**
 * One transaction at a time, on the one connection that writes. An inner call joins the outer one;
 * where an inner call throws, the outer one cannot be committed any more, even if its work caught that.
 *
 * While another program writes, a transaction fails with SQLITE_BUSY, and whoever asked for it tries again later. Only
 * the first one waits for that program, for a moment: many that waited would stop the event loop for as long as the
 * other program writes.
 * The very first transaction waits as long as the connection was opened with: at the start nobody is kept waiting.
 * @param confirm makes all that was committed so far survive a power cut. It never throws: the commit is made.
 * @param patience how long a later one waits for another program's write, in milliseconds.
 */
export function createTransactions(client: Client, confirm: () => void, patience = PATIENCE): WriteScope {
  const begin = client.prepare('BEGIN IMMEDIATE');
  const commit = client.prepare('COMMIT');
  const rollback = client.prepare('ROLLBACK');
  const listeners: (() => void)[] = [];
  let open = false;
  let wanted = false;
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
    wanted = false;
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
    if (wanted) confirm();
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
      wanted = true;
    },
    onRollback: (listener) => {
      listeners.push(listener);
    },
  };
}
