import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../db/client.ts';
import { DatabaseError, type DatabaseErrorCode, openStores } from '../../db/index.ts';
import { aMark, anApp, anEvent } from './rows.ts';
import { DAY, openTemporary, temporaryDirectory } from './support.ts';

function temporaryFile(): string {
  return join(temporaryDirectory(), 'toehold.db');
}

/** A database with some rows, closed. */
function filled(): string {
  const file = temporaryFile();
  const stores = openTemporary(file);
  stores.apps.insert(anApp('blog'));
  for (let round = 0; round < 50; round += 1) {
    stores.events.append(Array.from({ length: 20 }, () => anEvent(1)));
    stores.marks.append(Array.from({ length: 20 }, () => aMark(1)));
  }
  stores.close();
  return file;
}

function whyNot(file: string): DatabaseError {
  try {
    openStores(file, { now: () => DAY }).close();
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

/** That it is refused with these words, and that nothing of it was changed. */
function expectRefused(file: string, code: DatabaseErrorCode, ...words: string[]): void {
  const before = readFileSync(file);
  const error = whyNot(file);
  expect(error.code).toBe(code);
  expect(error.message).toContain(file);
  for (const word of words) expect(error.message).toContain(word);
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(existsSync(`${file}.new`)).toBe(false);
}

function overwrite(file: string, from: number, length: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(length, 0xa5), 0, length, from);
}

describe('a new database', () => {
  test('only its owner can read it, its log too', () => {
    const file = temporaryFile();
    const db = openDatabase(file);
    for (const part of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(part).mode & 0o777).toBe(0o600);
    db.close();
  });

  test('when it is closed, everything is in the one file', () => {
    const file = filled();
    expect(existsSync(`${file}-wal`)).toBe(false);
    expect(openTemporary(file).events.last()).toBe(1_000);
  });

  test('what a start left that was killed while it made the file is no obstacle', () => {
    const file = temporaryFile();
    writeFileSync(`${file}.new`, 'half a database');
    writeFileSync(`${file}.new-journal`, 'half a journal');
    expect(openTemporary(file).apps.all()).toEqual([]);
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  test('a file that others could read is theirs no more', () => {
    const file = filled();
    chmodSync(file, 0o644);
    openTemporary(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('what is no good is refused with what was found and what to do', () => {
  test('damaged: pages overwritten', () => {
    const file = filled();
    overwrite(file, 4_096 * 3, 4_096 * 6);
    expectRefused(file, 'DAMAGED', 'is damaged', 'backup', '.recover');
  });

  test('damaged: the schema overwritten', () => {
    const file = filled();
    overwrite(file, 100, 3_900);
    expectRefused(file, 'DAMAGED', 'is damaged');
  });

  test('damaged: cut off', () => {
    const file = filled();
    truncateSync(file, 4_096 * 5);
    expectRefused(file, 'DAMAGED', 'is damaged');
  });

  test('damaged: a table dropped', () => {
    const file = filled();
    const client = new SQLite(file);
    client.pragma('foreign_keys = OFF');
    client.exec('DROP TABLE runs');
    client.close();
    expectRefused(file, 'DAMAGED', 'is damaged: no such table: runs', 'backup');
  });

  test('damaged: emptied', () => {
    const file = filled();
    truncateSync(file, 0);
    expectRefused(file, 'DAMAGED', 'it is empty');
  });

  test('damaged: taken away from its write-ahead log', () => {
    const file = temporaryFile();
    const stores = openTemporary(file);
    stores.apps.insert(anApp('blog'));
    renameSync(file, `${file}.away`);
    const error = whyNot(file);
    expect(error.code).toBe('DAMAGED');
    expect(error.message).toContain('is missing');
    expect(existsSync(file)).toBe(false);
    stores.close();
  });

  test('newer', () => {
    const file = filled();
    const client = new SQLite(file);
    client.prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)').run('later', 9e12);
    client.close();
    expectRefused(file, 'NEWER', 'later version of Toehold', 'start that version');
  });

  test.each([['plain text, and a good deal of it'], ['x']])('not a database: %j', (text) => {
    const file = temporaryFile();
    writeFileSync(file, text);
    expectRefused(file, 'UNREADABLE', 'is not a SQLite database');
  });

  test("another program's database", () => {
    const file = temporaryFile();
    const client = new SQLite(file);
    client.exec('CREATE TABLE bookmarks (url TEXT)');
    client.close();
    expectRefused(file, 'UNREADABLE', 'another program', '"bookmarks"');
  });

  test('a directory in its place', () => {
    const file = temporaryFile();
    mkdirSync(file);
    expect(whyNot(file)).toMatchObject({
      code: 'UNREADABLE',
      message: expect.stringContaining('a directory'),
    });
  });

  test('no directory for it', () => {
    const file = join(temporaryDirectory(), 'nowhere', 'toehold.db');
    expect(whyNot(file)).toMatchObject({ code: 'UNREADABLE', message: expect.stringContaining('ENOENT') });
  });

  test('locked by another program', () => {
    const file = filled();
    const other = new SQLite(file);
    onTestFinished(() => {
      other.close();
    });
    other.pragma('locking_mode = EXCLUSIVE');
    other.exec('BEGIN EXCLUSIVE');
    expectRefused(file, 'LOCKED', 'locked by another program');
  });

  // Root may write everywhere, so another user tries.
  test.runIf(process.getuid?.() === 0).each([
    ['its directory', 0o555, 0o666],
    ['the file', 0o777, 0o444],
  ])('this user may not write: %s', (_, directoryMode, fileMode) => {
    const file = filled();
    const directory = join(file, '..');
    chmodSync(file, fileMode);
    chmodSync(directory, directoryMode);
    const program = fileURLToPath(new URL('./programs/opens.ts', import.meta.url));
    const nobody = { uid: 65_534, gid: 65_534 };
    const output = execFileSync(process.execPath, ['--import', 'tsx', program, file], {
      ...nobody,
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toMatchObject({
      code: 'UNREADABLE',
      message: expect.stringContaining('cannot be written'),
    });
  });
});

describe('beside other programs', () => {
  test('one that reads holds up no write, and sees what was there when it began', () => {
    const file = temporaryFile();
    const stores = openTemporary(file);
    stores.events.append([anEvent(1)]);
    const reader = new SQLite(file, { readonly: true });
    reader.exec('BEGIN');
    const count = reader.prepare('SELECT count(*) FROM events').pluck();
    expect(count.get()).toBe(1);
    for (let round = 0; round < 100; round += 1) {
      stores.events.append(Array.from({ length: 50 }, () => anEvent(1)));
    }
    expect(stores.events.last()).toBe(5_001);
    expect(count.get()).toBe(1);
    reader.exec('COMMIT');
    expect(count.get()).toBe(5_001);
    reader.close();
    stores.close();
    expect(openTemporary(file).events.last()).toBe(5_001);
  });

  test('one that writes makes a write fail as a value, and it heals', () => {
    const file = temporaryFile();
    const stores = openTemporary(file);
    const writer = new SQLite(file);
    writer.exec('BEGIN IMMEDIATE');
    expect(() => stores.apps.insert(anApp('blog'))).toThrow('locked');
    writer.exec('ROLLBACK');
    writer.close();
    expect(stores.apps.insert(anApp('blog')).name).toBe('blog');
  });

  test('the write-ahead log does not grow with what is written', () => {
    const file = temporaryFile();
    const stores = openTemporary(file);
    for (let round = 0; round < 300; round += 1) {
      stores.marks.append(Array.from({ length: 500 }, () => aMark(1, { tail: Buffer.alloc(32) })));
    }
    expect(statSync(`${file}-wal`).size).toBeLessThan(6 * 1024 * 1024);
    expect(statSync(file).size).toBeGreaterThan(6 * 1024 * 1024);
  });
});

test('closing twice is closing once', () => {
  const file = temporaryFile();
  const db = openDatabase(file);
  db.close();
  db.close();
  rmSync(file);
});

test('what is being brought to the disk when it is closed is finished', async () => {
  const stores = openTemporary();
  stores.marks.append([aMark(1)]);
  const flushed = Promise.all([stores.marks.checkpoint(), stores.marks.checkpoint()]);
  stores.close();
  expect(await flushed).toEqual([true, true]);
  expect(await stores.marks.checkpoint()).toBe(false);
});
