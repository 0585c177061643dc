import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database as Client } from 'better-sqlite3';
import type { Durability as Known } from '../src/contracts/stores.ts';
import { reasonOf } from '../src/core/errors.ts';
import { syncDirectoryNow } from '../src/host/files.ts';

/** How long after a failure the disk is asked again, in milliseconds. */
const RETRY_AFTER = 1_000;

export interface DurabilityOptions {
  readonly client: Client;
  /** Syncs the write-ahead log. @throws the system's error */
  readonly sync: () => void;
  /** The disk refused (a sentence), or has confirmed everything again (null). */
  readonly changed?: ((problem: string | null) => void) | undefined;
}

/**
 * Syncs what was committed. A commit that the disk does not confirm is still a commit: this process and every other one
 * sees it, and only a power failure could undo it. So that is no failure of the commit, and the disk is asked again.
 */
export class Durability implements Known {
  private readonly options: DurabilityOptions;
  private unconfirmed: string | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly waiting: (() => void)[] = [];

  constructor(options: DurabilityOptions) {
    this.options = options;
  }

  problem(): string | null {
    return this.unconfirmed;
  }

  confirmed(): Promise<void> {
    if (this.unconfirmed === null) return Promise.resolve();
    return new Promise((resolve) => void this.waiting.push(resolve));
  }

  /** Syncs all that was committed. Where the disk refuses, it is asked again until it confirms. Never throws. */
  confirm(): void {
    const { client, sync, changed } = this.options;
    try {
      if (this.unconfirmed === null) sync();
      else checkpoint(client);
      this.resolve();
    } catch (error) {
      const first = this.unconfirmed === null;
      this.unconfirmed = `The disk did not confirm what was committed (${reasonOf(error)}): a power cut could take it`;
      if (first) changed?.(this.unconfirmed);
      this.timer ??= setTimeout(() => this.retry(), RETRY_AFTER).unref();
    }
  }

  /** Tries no more. */
  close(): void {
    this.clearTimer();
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private retry(): void {
    this.timer = null;
    this.confirm();
  }

  private resolve(): void {
    this.clearTimer();
    if (this.unconfirmed !== null) {
      this.unconfirmed = null;
      this.options.changed?.(null);
    }
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private clearTimer(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}

/**
 * After a failed sync Linux drops what it could not write and confirms the next sync (https://lwn.net/Articles/752063/),
 * so the log cannot be relied on any more. Its content goes into the database file instead, which SQLite then syncs.
 */
function checkpoint(client: Client): void {
  const [result] = client.pragma('wal_checkpoint(PASSIVE)') as { log: number; checkpointed: number }[];
  if (result && result.checkpointed < result.log) throw new Error('another program reads the database');
}

/**
 * The file of the write-ahead log. It must be there, and stays there while the database is open. Closing it drops no
 * lock: SQLite has locks on its other files only.
 */
export class WriteAheadLog {
  private readonly fd: number;
  private closed = false;
  private flushing = 0;

  constructor(file: string) {
    this.fd = openSync(file, 'r+');
    // SQLite has just made it: its name must survive a power failure, too.
    syncDirectoryNow(dirname(file));
  }

  /** What was committed survives a power failure when this returns. @throws the system's error */
  sync(): void {
    fdatasyncSync(this.fd);
  }

  /** The same, while other work goes on. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw new Error('The database is closed');
      this.flushing += 1;
      fdatasync(this.fd, (error) => {
        this.flushing -= 1;
        this.closeFile();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** A flush that is under way is finished first. */
  close(): void {
    this.closed = true;
    this.closeFile();
  }

  private closeFile(): void {
    if (this.closed && this.flushing === 0) closeSync(this.fd);
  }
}
