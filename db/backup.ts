import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readSync, statSync } from 'node:fs';
import SQLite, { type Database as Client } from 'better-sqlite3';
import { isAppName } from '../src/core/app.ts';
import { reasonOf } from '../src/core/errors.ts';
import { type BackedUpApp, BackupError, type BackupFacts, factsOf } from './backup-facts.ts';
import { DatabaseError } from './errors.ts';
import { checkVersion, missingPart } from './migrate.ts';

export { type BackedUpApp, BackupError, type BackupFacts } from './backup-facts.ts';

// A backup is one file: a copy of the database as it was at one moment, with one table more that holds the token and the list of apps.

const TABLE = 'toehold_backup';
const FORMAT = '1';
const HEADER = 100;
const MAGIC = 'SQLite format 3\0';
/** One step: a write of the server between two steps would make SQLite begin anew. */
const ALL_PAGES = 2 ** 31 - 1;
const BUSY_TIMEOUT = 5_000;

/**
 * Copies a database, which the control plane may be writing to, as it is at one moment. Resolves when the copy is on the disk.
 * @param file of the database
 * @param target must not exist; it gets mode 0600. After a failure, remove it.
 * @throws DatabaseError, SQLite's error, or the system's
 */
export async function backUp(
  file: string,
  target: string,
  facts: Omit<BackupFacts, 'apps'>,
): Promise<readonly BackedUpApp[]> {
  closeSync(openSync(target, 'wx', 0o600));
  const source = new SQLite(file, { readonly: true, timeout: BUSY_TIMEOUT });
  try {
    checkVersion(source, file);
    await source.backup(target, { progress: () => ALL_PAGES });
  } finally {
    source.close();
  }
  const copy = new SQLite(target);
  try {
    // One file, without a write-ahead log.
    copy.pragma('journal_mode = DELETE');
    const apps = appsIn(copy);
    copy.exec(`CREATE TABLE ${TABLE} (key TEXT PRIMARY KEY, value TEXT NOT NULL)`);
    const insert = copy.prepare(`INSERT INTO ${TABLE} VALUES (?, ?)`);
    insert.run('format', FORMAT);
    insert.run('facts', JSON.stringify({ ...facts, apps }));
    return apps;
  } finally {
    copy.close();
    syncFile(target);
  }
}

/**
 * Looks whether the file is a whole backup. Reads all of it, and writes nothing.
 * @throws BackupError; DatabaseError NEWER; the system's error
 */
export function readBackup(file: string): BackupFacts {
  checkSize(file);
  return opened(file, { readonly: true }, (client) => {
    const format = entryOf(client, 'format');
    if (format === null) throw new BackupError('is a database, but no backup that toehold made');
    if (format !== FORMAT)
      throw new BackupError(`has the format ${format}, which this version does not know`);
    const faults = client.pragma('integrity_check(1)') as { integrity_check: string }[];
    const [fault] = faults.filter((row) => row.integrity_check !== 'ok');
    if (fault) throw new BackupError(`is damaged: ${fault.integrity_check.replace(/\s+/g, ' ')}`);
    checkTables(client, file);
    checkApps(client);
    return factsOf(entryOf(client, 'facts'));
  });
}

/** @throws BackupError; DatabaseError NEWER */
function checkTables(client: Client, file: string): void {
  try {
    checkVersion(client, file);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code === 'NEWER') throw error;
    throw new BackupError('is damaged: it does not say of which version its tables are', { cause: error });
  }
  const missing = missingPart(client);
  if (missing !== null) throw new BackupError(`is damaged: ${missing} is missing`);
}

/** Of an app that cannot be read, the server would say that the database is damaged. @throws BackupError */
function checkApps(client: Client): void {
  const unreadable = client
    .prepare<[], { name: unknown }>(
      `SELECT name FROM apps WHERE ifnull(json_extract(lifecycle, '$.desired'), '') NOT IN ('RUNNING', 'STOPPED')
       OR ifnull(json_type(lifecycle, '$.phase.kind'), '') <> 'text'`,
    )
    .get();
  if (unreadable)
    throw new BackupError(`is damaged: the state of ${JSON.stringify(unreadable.name)} is missing`);
  const nameless = appsIn(client).find(({ name }) => typeof name !== 'string' || !isAppName(name));
  if (nameless)
    throw new BackupError(`is damaged: no app can have the name ${JSON.stringify(nameless.name)}`);
}

/** Which directory an app had, and where. After a restore it is another one: it is known when discovery has found it. */
const PLACES = ['identity', 'directory', 'directory_identity'];

/**
 * Makes the database of a control plane of a copy of a backup. It gets an id of its own: cursors and processes of the database that was
 * backed up are of another history. No app starts from a directory of the other machine.
 * @throws BackupError
 */
export function becomeDatabase(file: string): void {
  opened(file, {}, (client) => {
    client.exec(`DROP TABLE ${TABLE}`);
    const columns = client.pragma('table_info(apps)') as { name: string }[];
    for (const { name } of columns.filter((column) => PLACES.includes(column.name)))
      client.exec(`UPDATE apps SET ${name} = NULL`);
    client.prepare("UPDATE meta SET value = ? WHERE key = 'database.id'").run(randomBytes(8).toString('hex'));
  });
  chmodSync(file, 0o600);
  syncFile(file);
}

function opened<T>(file: string, options: SQLite.Options, work: (client: Client) => T): T {
  let client: Client | undefined;
  try {
    client = new SQLite(file, { ...options, fileMustExist: true });
    return work(client);
  } catch (error) {
    if (error instanceof BackupError || error instanceof DatabaseError) throw error;
    throw new BackupError(`is damaged: ${reasonOf(error)}`, { cause: error });
  } finally {
    client?.close();
  }
}

/** A truncated file may still open: its header says how long it must be. */
function checkSize(file: string): void {
  const stats = statSync(file);
  if (!stats.isFile()) throw new BackupError('is no file');
  const header = Buffer.alloc(HEADER);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, header, 0, HEADER, 0);
  } finally {
    closeSync(fd);
  }
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new BackupError('is no backup of Toehold');
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const expected = pageSize * header.readUInt32BE(28);
  if (stats.size !== expected)
    throw new BackupError(`is not whole: it has ${stats.size} bytes instead of ${expected}`);
}

function entryOf(client: Client, key: string): string | null {
  const has = client.prepare('SELECT 1 FROM sqlite_schema WHERE type = ? AND name = ?').get('table', TABLE);
  if (has === undefined) return null;
  const row = client
    .prepare<[string], { value: string }>(`SELECT value FROM ${TABLE} WHERE key = ?`)
    .get(key);
  return row?.value ?? null;
}

function appsIn(client: Client): BackedUpApp[] {
  return client
    .prepare<[], BackedUpApp>(
      // Of every version: the columns of later ones are not used.
      `SELECT name, ports.port AS port, release, json_extract(lifecycle, '$.desired') AS desiredState
       FROM apps LEFT JOIN ports ON ports.app = apps.id
       WHERE json_extract(lifecycle, '$.phase.kind') <> 'GONE' ORDER BY name`,
    )
    .all();
}

function syncFile(file: string): void {
  const fd = openSync(file, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
