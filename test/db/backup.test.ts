import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { backUp, becomeDatabase, readBackup } from '../../db/backup.ts';
import { newTokenText } from '../../src/access/secrets.ts';
import { openTemporary, temporaryDirectory } from './support.ts';

const HISTORY = fileURLToPath(new URL('./history', import.meta.url));
const FACTS = { createdAt: 1_000, version: '1.2.3', token: newTokenText().text };

test.each(readdirSync(HISTORY).filter((name) => name.endsWith('.db')))(
  'a backup of %s, which an earlier version wrote, is restored and migrated',
  async (name) => {
    const file = join(temporaryDirectory(), 'toehold.db');
    copyFileSync(join(HISTORY, name), file);
    const target = `${file}.backup`;
    const apps = [
      { name: 'blog', port: 3001, release: '20300101-000000', desiredState: 'RUNNING' },
      expect.objectContaining({ name: 'shop', port: null }),
    ];
    expect(await backUp(file, target, FACTS)).toEqual(apps);
    expect(readBackup(target)).toEqual({ ...FACTS, apps });
    becomeDatabase(target);
    const stores = openTemporary(target);
    expect(stores.apps.all()).toMatchObject([{ name: 'blog', directory: null }, { name: 'shop' }]);
  },
);

test('a backup is of one moment, and the database that it becomes has another id', async () => {
  const file = join(temporaryDirectory(), 'toehold.db');
  const stores = openTemporary(file);
  const writer = new SQLite(file);
  writer.exec('CREATE TABLE pairs (a INTEGER, b INTEGER)');
  const write = writer.prepare('INSERT INTO pairs VALUES (?, ?)');
  const target = `${file}.backup`;
  const made = backUp(file, target, FACTS);
  // Between its steps, as a server does in its own process.
  for (let count = 0; count < 500; count++) {
    writer.transaction(() => {
      write.run(count, 1);
      write.run(count, 2);
    })();
    if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await made;
  readBackup(target);
  const copy = new SQLite(target, { readonly: true });
  expect(copy.prepare('SELECT a FROM pairs GROUP BY a HAVING count(*) <> 2').all()).toEqual([]);
  copy.close();
  writer.close();
  becomeDatabase(target);
  expect(openTemporary(target).meta.databaseId).not.toBe(stores.meta.databaseId);
});
