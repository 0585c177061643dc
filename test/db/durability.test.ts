import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Durability } from '../../db/durability.ts';
import { createTransactions } from '../../db/transactions.ts';
import { temporaryDirectory } from './support.ts';

/** A database whose disk refuses to confirm while `broken`. */
function openNumbers() {
  const client = new SQLite(join(temporaryDirectory(), 'numbers.db'));
  client.pragma('journal_mode = WAL');
  client.exec('CREATE TABLE numbers (n INTEGER UNIQUE)');
  const insert = client.prepare('INSERT INTO numbers VALUES (?)');
  const disk = { broken: false, syncs: 0 };
  const told: (string | null)[] = [];
  const durability = new Durability({
    client,
    sync() {
      disk.syncs += 1;
      if (disk.broken) throw new Error('EIO: i/o error, fdatasync');
    },
    changed: (problem) => told.push(problem),
  });
  const scope = createTransactions(client, () => durability.confirm());
  onTestFinished(() => {
    durability.close();
    client.close();
  });
  return {
    ...{ client, disk, told, durability },
    kept: () => client.prepare('SELECT n FROM numbers ORDER BY n').pluck().all(),
    keep: (n: number) =>
      scope.transaction(() => {
        insert.run(n);
        scope.durable();
        return n;
      }),
  };
}

const PROBLEM =
  'The disk did not confirm what was committed (EIO: i/o error, fdatasync): a power cut could take it';

test('a commit that the disk does not confirm is a commit, and a problem is reported', () => {
  const { keep, kept, disk, durability, told } = openNumbers();
  disk.broken = true;
  expect(keep(1)).toBe(1);
  expect(kept()).toEqual([1]);
  expect(durability.problem()).toBe(PROBLEM);
  expect(told).toEqual([PROBLEM]);
});

test('the disk is asked again until it has all, by way of the database file', async () => {
  const { keep, client, disk, durability, told } = openNumbers();
  disk.broken = true;
  keep(1);
  expect(disk.syncs).toBe(1);
  // A second sync of the log would succeed, and prove nothing: what failed once is dropped by Linux.
  await durability.confirmed();
  expect(disk.syncs).toBe(1);
  expect(told).toEqual([PROBLEM, null]);
  const [{ log, checkpointed } = { log: 0, checkpointed: -1 }] = client.pragma('wal_checkpoint(PASSIVE)') as {
    log: number;
    checkpointed: number;
  }[];
  expect(checkpointed).toBe(log);
});

test('a later commit that the disk confirms ends the asking', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { keep, disk, durability } = openNumbers();
  disk.broken = true;
  keep(1);
  expect(vi.getTimerCount()).toBe(1);
  keep(2);
  expect(durability.problem()).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});

test('while another program reads, it is not known yet', async () => {
  const { keep, client, disk, durability } = openNumbers();
  keep(1);
  const reader = new SQLite(client.name);
  onTestFinished(() => {
    reader.close();
  });
  reader.exec('BEGIN; SELECT * FROM numbers');
  disk.broken = true;
  keep(2);
  keep(3);
  expect(durability.problem()).toContain('another program reads the database');
  reader.exec('COMMIT');
  await durability.confirmed();
  expect(durability.problem()).toBeNull();
});

test('what waits is let go when the database is closed', async () => {
  const { keep, disk, durability } = openNumbers();
  disk.broken = true;
  keep(1);
  const confirmed = durability.confirmed();
  durability.close();
  await confirmed;
  expect(durability.problem()).toBe(PROBLEM);
});
