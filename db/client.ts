import { chmodSync, existsSync } from 'node:fs';
import SQLite, { type Database as Client } from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { createDurability, type Durability } from './durability.ts';
import { openingError } from './errors.ts';
import { createFile, inspectFile } from './file.ts';
import { checkIntegrity } from './integrity.ts';
import { checkVersion, isMigrated, migrateDatabase } from './migrate.ts';
import { createTransactions, type WriteScope } from './transactions.ts';
import { openLog } from './write-ahead-log.ts';

/** The open database: what the stores are made of. */
export interface Database extends WriteScope {
  readonly orm: BetterSQLite3Database;
  readonly file: string;
  readonly durability: Durability;
  /** All that was committed before the call survives a power cut when this resolves. Rejects with the system's error. */
  flush(): Promise<void>;
  /** Nothing is left in the write-ahead log, if no other process reads. Knows a database that is closed. */
  close(): void;
}

/** How long opening, and a command beside the server, wait for another program's write, in milliseconds. */
const BUSY_TIMEOUT = 1_000;

/** The write-ahead log is cut to this size (in bytes) after each time that it was used up. */
const WAL_SIZE = 16 * 1024 * 1024;

/**
 * Opens the database, makes it where there is none (mode 0600), and brings its tables to the present form.
 *
 * What survives what: a committed transaction survives the end of this process, however it ends. A
 * power cut takes only what was committed since the log was on the disk, never part of a transaction: the
 * write-ahead log is written with synchronous=NORMAL, and a transaction in which `durable` was called
 * waits until the log is on the disk, which is all that synchronous=FULL does more. The setting itself
 * can only be changed between transactions, when it is not yet known what they will write. Where the disk does not
 * confirm it the commit stands, `durability` says so, and the disk is asked again.
 *
 * The log is brought into the database file at every 1,000 pages (SQLite's own default), by the
 * commit that reaches them. A reader in another process never blocks a write; while it reads on, the log grows.
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
 * Opens a database that is there, beside the control plane that may have it open: nothing is made, migrated or
 * checked. Null: its tables are of an earlier version.
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
  orm: BetterSQLite3Database,
  file: string,
  { patience, changed }: AssembleOptions,
): Database {
  const log = openLog(`${file}-wal`);
  const durability = createDurability({ client, sync: log.sync, changed });
  return {
    ...createTransactions(client, durability.confirm, patience),
    durability,
    orm,
    file,
    flush: log.flush,
    close: () => {
      if (!client.open) return;
      durability.close();
      log.close();
      client.close();
    },
  };
}
