import SQLite, { type Database as Client } from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { ownFile } from '../src/host/own-files.ts';
import { DatabaseError, damaged } from './errors.ts';

const MIGRATIONS = ownFile('db/migrations');

/** Brings the tables to the current version, in one transaction. */
export function migrateDatabase(client: Client, orm: BetterSQLite3Database): void {
  // A migration that rebuilds a table drops the old one: with foreign keys on, that would empty others.
  client.pragma('foreign_keys = OFF');
  migrate(orm, { migrationsFolder: MIGRATIONS });
  client.pragma('foreign_keys = ON');
}

/** Whether `migrateDatabase` has nothing to do. Only for a database that `checkVersion` accepted. */
export function isMigrated(client: Client): boolean {
  const newest = readMigrationFiles({ migrationsFolder: MIGRATIONS }).at(-1);
  const last = client.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get();
  return last === newest?.folderMillis;
}

/**
 * Checks that `migrateDatabase` can begin from these tables. Writes nothing.
 * @throws DatabaseError NEWER, UNREADABLE (another program's), DAMAGED
 */
export function checkVersion(client: Client, file: string): void {
  const tables = client
    .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map((row) => row.name);
  if (!tables.includes('__drizzle_migrations')) {
    throw new DatabaseError(
      'UNREADABLE',
      file,
      `is a database of another program (${tables.length === 0 ? 'it has no tables' : `it has the table "${tables[0]}"`}): set DATA_DIR to another directory, or move it away`,
    );
  }
  const known = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  const applied = client
    .prepare<[], { hash: string; at: number }>(
      'SELECT hash, created_at AS at FROM __drizzle_migrations ORDER BY at',
    )
    .all();
  const newest = known.at(-1);
  const last = applied.at(-1);
  if (!last) throw damaged(file, 'it does not say of which version it is');
  if (newest && last.at > newest.folderMillis) {
    throw new DatabaseError(
      'NEWER',
      file,
      `was written by a later version of Toehold (schema ${applied.length}, this one knows ${known.length}): start that version again, or set DATA_DIR to another directory`,
    );
  }
}

/**
 * What a database lacks of the tables, columns and indexes that its version has: `the table "apps"`. Null: nothing. Only for a database
 * that `checkVersion` accepted.
 */
export function missingPart(client: Client): string | null {
  const last = client.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get();
  const model = new SQLite(':memory:');
  try {
    for (const { sql, folderMillis } of readMigrationFiles({ migrationsFolder: MIGRATIONS }))
      if (folderMillis <= Number(last)) for (const statement of sql) model.exec(statement);
    const found = partsOf(client);
    return [...partsOf(model)].find((part) => !found.has(part)) ?? null;
  } finally {
    model.close();
  }
}

function partsOf(client: Client): Set<string> {
  const parts = client
    .prepare(
      `SELECT 'the ' || type || ' "' || name || '"' FROM sqlite_schema WHERE type IN ('table', 'index')
       UNION ALL
       SELECT 'the column "' || c.name || '" of "' || t.name || '"'
       FROM sqlite_schema AS t JOIN pragma_table_xinfo(t.name) AS c WHERE t.type = 'table'`,
    )
    .pluck()
    .all() as string[];
  return new Set(parts);
}
