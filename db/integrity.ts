import type { Database as Client } from 'better-sqlite3';
import { damaged } from './errors.ts';
import type { FoundFile } from './file.ts';

/** A file of this size in bytes is read whole in some 150 ms. */
const SMALL = 64 * 1024 * 1024;

/** As much is read after a crash of the control plane or of the machine, which happens seldom. */
const LARGE = 512 * 1024 * 1024;

/** What commands go by: a fault in these must be known before an app is touched. Few rows, whatever the age. */
const DECISIVE = ['apps', 'ports', 'meta', 'epochs', 'installs', 'tokens', '__drizzle_migrations'];

/**
 * Reads as much of the database as is affordable at each start, and looks whether the pages hang
 * together: all of it where it is small or was not closed, else the tables that decide. A fault in
 * the rest (lines' marks, old events and runs) is an error where it is read.
 * @throws DatabaseError DAMAGED; SQLite's error where not even the schema can be read
 */
export function checkIntegrity(client: Client, file: string, found: FoundFile): void {
  const whole = found.size <= SMALL || (!found.clean && found.size <= LARGE);
  const faults = whole ? quickCheck(client) : tablesOf(client).flatMap((table) => quickCheck(client, table));
  const [first] = faults;
  if (first !== undefined) throw damaged(file, first.replace(/\s+/g, ' ').replace(/^\*\*\* /, ''));
}

function tablesOf(client: Client): string[] {
  const present = client
    .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all();
  return DECISIVE.filter((table) => present.some(({ name }) => name === table));
}

function quickCheck(client: Client, table?: string): string[] {
  const rows = client.pragma(table === undefined ? 'quick_check(1)' : `quick_check('${table}')`);
  const answers = (rows as { quick_check: string }[]).map((row) => row.quick_check);
  return answers.filter((answer) => answer !== 'ok');
}
