import { chmodSync, existsSync } from 'node:fs';
import SQLite, { type Database as Client } from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { Durability, WriteAheadLog } from './durability.ts';
import { openingError } from './errors.ts';
import { checkIntegrity, createFile, inspectFile } from './file.ts';
import { checkVersion, isMigrated, migrateDatabase } from './migrate.ts';
import { createTransactions, type WriteScope } from './transactions.ts';

/** The open database, for the stores. */
export interface Database extends WriteScope {
  readonly orm: BetterSQLite3Database & { readonly $client: Client };
  readonly file: string;
  readonly durability: Durability;
  /** All that was committed before the call survives a power failure when this resolves. Rejects with the system's error. */
  flush(): Promise<void>;
  /** Leaves nothing in the write-ahead log, unless another process reads. May be called twice. */
  close(): void;
}

/** How long to wait for another program's write, in milliseconds: at the opening, and in a command beside the server. */
const BUSY_TIMEOUT = 1_000;

/** The write-ahead log is cut to this size, in bytes, each time that it was brought into the database file. */
const WAL_SIZE = 16 * 1024 * 1024;

/**
 * Opens the database and migrates its tables. Makes it where there is none (mode 0600).
 *
 * A committed transaction survives the end of this process, however it ends. A power failure can lose the transactions
 * since the last sync of the write-ahead log, but never half of one. The log is written with synchronous=NORMAL, and a
 * transaction in which `durable` was called syncs it, which is all that synchronous=FULL adds. The setting itself
 * can only be changed between transactions, before it is known what they write. Where the disk does not confirm the
 * sync, the commit stands, `durability` reports it, and the disk is asked again.
 *
 * The commit that brings the log to 1,000 pages (SQLite's default) moves them into the database file. A reader in
 * another process never blocks a write; while it reads, the log grows.
 * @param changed the disk refused to confirm a commit (a sentence), or has confirmed all of them again (null)
 * @throws DatabaseError; then nothing has changed
 */
export function openDatabase(file: string, changed?: (problem: string | null) => void): Database {
  let client: Client | undefined;
  try {
    if (!existsSync(file)) createFile(file, makeTables);
    const found = inspectFile(file);
    chmodSync(file, 0o600);
    client = new SQLite(file, { timeout: BUSY_TIMEOUT });
    checkIntegrity(client, file, found);
    checkVersion(client, file);
    client.pragma('journal_mode = WAL');
    client.pragma('synchronous = NORMAL');
    client.pragma(`journal_size_limit = ${WAL_SIZE}`);
    const orm = drizzle(client);
    migrateDatabase(client, orm);
    return assemble(client, orm, file, { changed });
  } catch (error) {
    client?.close();
    throw openingError(file, error);
  }
}

/**
 * Opens an existing database, which the control plane may have open too: nothing is made, migrated or checked. Null
 * where its tables are of an earlier version.
 * @throws DatabaseError
 */
export function openBeside(file: string): Database | null {
  let client: Client | undefined;
  try {
    inspectFile(file);
    client = new SQLite(file, { timeout: BUSY_TIMEOUT, fileMustExist: true });
    checkVersion(client, file);
    if (!isMigrated(client)) {
      client.close();
      return null;
    }
    client.pragma('journal_mode = WAL');
    client.pragma('synchronous = NORMAL');
    client.pragma('foreign_keys = ON');
    return assemble(client, drizzle(client), file, { patience: BUSY_TIMEOUT });
  } catch (error) {
    client?.close();
    throw openingError(file, error);
  }
}

function makeTables(file: string): void {
  const client = new SQLite(file);
  try {
    migrateDatabase(client, drizzle(client));
  } finally {
    client.close();
  }
}

interface AssembleOptions {
  readonly patience?: number;
  readonly changed?: ((problem: string | null) => void) | undefined;
}

function assemble(
  client: Client,
  orm: Database['orm'],
  file: string,
  { patience, changed }: AssembleOptions,
): Database {
  const log = new WriteAheadLog(`${file}-wal`);
  const durability = new Durability({ client, sync: () => log.sync(), changed });
  return {
    ...createTransactions(client, () => durability.confirm(), patience),
    durability,
    orm,
    file,
    flush: () => log.flush(),
    close: () => {
      if (!client.open) return;
      durability.close();
      log.close();
      client.close();
    },
  };
}
