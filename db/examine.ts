import SQLite from 'better-sqlite3';
import type { Role } from '../src/core/access.ts';
import { openingError } from './errors.ts';
import { checkIntegrity, inspectFile } from './file.ts';
import { checkVersion } from './migrate.ts';

/** The version of SQLite in this program. @throws where its library cannot be loaded */
export function sqliteVersion(): string {
  const client = new SQLite(':memory:');
  try {
    return client.prepare<[], { version: string }>('SELECT sqlite_version() AS version').get()?.version ?? '';
  } finally {
    client.close();
  }
}

/** What is wrong with a database, which another process may have open; null: nothing. Changes nothing. */
export function examineDatabase(file: string): string | null {
  try {
    const found = inspectFile(file);
    const client = new SQLite(file, { readonly: true, timeout: 1_000 });
    try {
      checkIntegrity(client, file, found);
      checkVersion(client, file);
    } finally {
      client.close();
    }
    return null;
  } catch (error) {
    return openingError(file, error).message;
  }
}

/**
 * Apps that should run and do not, with the error that says why, by their names. Empty where the database cannot be
 * read.
 */
export function appsDown(file: string): ReadonlyMap<string, string> {
  try {
    const client = new SQLite(file, { readonly: true, timeout: 1_000 });
    try {
      const rows = client.prepare<[], [string, string | null]>(
        `SELECT name, json_extract(lifecycle, '$.error') FROM apps
         WHERE desired = 'RUNNING' AND phase IN ('EXITED', 'BACKOFF')`,
      );
      const found = rows.raw().all() as [string, string | null][];
      return new Map(found.map(([name, error]) => [name, error ?? 'a restart is due']));
    } finally {
      client.close();
    }
  } catch {
    return new Map();
  }
}

/** The roles of apps, by their names. Empty where the database cannot be read or is of an earlier version. */
export function grantedRoles(file: string): ReadonlyMap<string, Role> {
  try {
    const client = new SQLite(file, { readonly: true, timeout: 1_000 });
    try {
      const rows = client.prepare<[], [string, Role]>(
        'SELECT name, granted FROM apps WHERE granted NOT NULL',
      );
      return new Map(rows.raw().all() as [string, Role][]);
    } finally {
      client.close();
    }
  } catch {
    return new Map();
  }
}
