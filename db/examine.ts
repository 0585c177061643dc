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
  const found = pairsIn<string, string | null>(
    file,
    `SELECT name, json_extract(lifecycle, '$.error') FROM apps
     WHERE desired = 'RUNNING' AND phase IN ('EXITED', 'BACKOFF')`,
  );
  return new Map(found.map(([name, error]) => [name, error ?? 'a restart is due']));
}

/** The roles of apps, by their names. Empty where the database cannot be read or is of an earlier version. */
export function grantedRoles(file: string): ReadonlyMap<string, Role> {
  return new Map(pairsIn<string, Role>(file, 'SELECT name, granted FROM apps WHERE granted NOT NULL'));
}

/** The names of apps, by their runs. Empty where the database cannot be read. */
export function appsOfRuns(file: string): ReadonlyMap<number, string> {
  return new Map(
    pairsIn<number, string>(file, 'SELECT runs.id, name FROM runs JOIN apps ON apps.id = runs.app'),
  );
}

/** The rows of two columns that a query finds in a database that another process may have open. None where it cannot be read. */
function pairsIn<First, Second>(file: string, query: string): [First, Second][] {
  try {
    const client = new SQLite(file, { readonly: true, timeout: 1_000 });
    try {
      return client.prepare(query).raw().all() as [First, Second][];
    } finally {
      client.close();
    }
  } catch {
    return [];
  }
}
