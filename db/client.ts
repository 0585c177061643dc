import { closeSync, existsSync, fdatasyncSync, openSync, readSync, statSync } from 'node:fs';
import SQLite, { type Database as Client } from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { DatabaseError, openingError } from './errors.ts';
import { migrateDatabase } from './migrate.ts';
import { createTransactions, type WriteScope } from './transactions.ts';

/** The open database: what the stores are made of. */
export interface Database extends WriteScope {
  readonly orm: BetterSQLite3Database;
  readonly file: string;
  /** All that was committed so far survives a power cut when this returns. @throws the system's error */
  sync(): void;
  /** Nothing is left in the write-ahead log. Knows a database that is closed. */
  close(): void;
}

const HEADER = 'SQLite format 3\0';

export function openDatabase(file: string): Database {
  let client: Client | undefined;
  try {
    prepareFile(file);
    client = new SQLite(file, { timeout: 2_000 });
    client.pragma('journal_mode = WAL');
    client.pragma('synchronous = NORMAL');
    client.pragma('journal_size_limit = 16777216');
    const orm = drizzle(client);
    migrateDatabase(client, orm, file);
    return assemble(client, orm, file);
  } catch (error) {
    client?.close();
    throw openingError(file, error);
  }
}

function assemble(client: Client, orm: BetterSQLite3Database, file: string): Database {
  const wal = openSync(`${file}-wal`, 'r+');
  const sync = () => fdatasyncSync(wal);
  return {
    ...createTransactions(client, sync),
    orm,
    file,
    sync,
    close: () => {
      if (!client.open) return;
      closeSync(wal);
      client.pragma('wal_checkpoint(TRUNCATE)');
      client.close();
    },
  };
}

/** Makes the file, readable by its owner alone, or looks at what is there before SQLite does. */
function prepareFile(file: string): void {
  if (!existsSync(file)) {
    closeSync(openSync(file, 'wx', 0o600));
    return;
  }
  if (!statSync(file).isFile()) {
    throw new DatabaseError('UNREADABLE', file, `${file} is not a file: move it away`);
  }
  const fd = openSync(file, 'r');
  const header = Buffer.alloc(HEADER.length);
  const length = readSync(fd, header, 0, header.length, 0);
  closeSync(fd);
  if (length > 0 && header.toString('latin1') !== HEADER) {
    throw new DatabaseError('UNREADABLE', file, `${file} is not a SQLite database: move it away`);
  }
}
