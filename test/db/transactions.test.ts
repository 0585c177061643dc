import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../db/client.ts';
import { createAppStore } from '../../db/stores/apps.ts';
import { createAuditStore } from '../../db/stores/audit.ts';
import { createEventStore } from '../../db/stores/events.ts';
import { createMarkStore } from '../../db/stores/marks.ts';
import { createPortStore } from '../../db/stores/ports.ts';
import { createRunStore } from '../../db/stores/runs.ts';
import { createTokenStore } from '../../db/stores/tokens.ts';
import { createTransactions } from '../../db/transactions.ts';
import { aMark, anApp, anAuditEntry, anEndedRun, anEvent, aRun, aToken, LIFECYCLE } from './rows.ts';
import { temporaryDirectory } from './support.ts';

function openNumbers() {
  const client = new SQLite(join(temporaryDirectory(), 'numbers.db'));
  onTestFinished(() => {
    client.close();
  });
  client.exec('CREATE TABLE numbers (n INTEGER UNIQUE)');
  const insert = client.prepare('INSERT INTO numbers VALUES (?)');
  const syncs: number[] = [];
  const scope = createTransactions(client, () => syncs.push(kept().length));
  const kept = () => client.prepare('SELECT n FROM numbers ORDER BY n').pluck().all();
  return { ...scope, client, kept, syncs, add: (n: number) => scope.write(() => insert.run(n)) };
}

describe('transactions', () => {
  test('all of it is kept, or nothing', () => {
    const { transaction, add, kept } = openNumbers();
    const undo = () =>
      transaction(() => {
        add(1);
        throw new Error('undone');
      });
    expect(undo).toThrow('undone');
    expect(kept()).toEqual([]);
    const answer = transaction(() => {
      add(1);
      add(2);
      return 'done';
    });
    expect(answer).toBe('done');
    expect(kept()).toEqual([1, 2]);
  });

  // Each that waited would stop the event loop: 200 times the 50 ms of the first are 10 s.
  test('while another program writes, only the first waits for it, and the next one after it again', () => {
    const { transaction, add, kept, client } = openNumbers();
    add(1);
    const other = new SQLite(client.name);
    onTestFinished(() => {
      other.close();
    });
    const timeout = () => client.pragma('busy_timeout', { simple: true });
    expect(timeout()).toBe(50);
    other.exec('BEGIN IMMEDIATE');
    const began = performance.now();
    for (let n = 0; n < 200; n++) expect(() => add(2)).toThrow('locked');
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(timeout()).toBe(0);
    other.exec('COMMIT');
    transaction(() => add(2));
    expect(kept()).toEqual([1, 2]);
    expect(timeout()).toBe(50);
  });

  test('an inner one joins the outer one, which cannot be kept once the inner one failed', () => {
    const { transaction, add, kept } = openNumbers();
    transaction(() => {
      transaction(() => add(1));
      expect(kept()).toEqual([1]);
    });
    const swallow = () =>
      transaction(() => {
        add(2);
        try {
          transaction(() => {
            add(3);
            throw new Error('inner');
          });
        } catch {
          // The outer work thinks that it can go on.
        }
        transaction(() => add(4));
      });
    expect(swallow).toThrow('inner');
    expect(kept()).toEqual([1]);
    transaction(() => add(5));
    expect(kept()).toEqual([1, 5]);
  });

  test('a single statement that failed undoes itself alone', () => {
    const { transaction, add, kept } = openNumbers();
    transaction(() => {
      add(1);
      expect(() => add(1)).toThrow('UNIQUE');
      add(2);
    });
    expect(kept()).toEqual([1, 2]);
  });

  test('where SQLite has ended the transaction by itself, nothing more is written', () => {
    const { transaction, write, client, add, kept } = openNumbers();
    const goOn = () =>
      transaction(() => {
        add(1);
        expect(() =>
          write(() => {
            client.exec('ROLLBACK');
            throw new Error('disk full');
          }),
        ).toThrow('disk full');
        add(2);
      });
    expect(goOn).toThrow('disk full');
    expect(kept()).toEqual([]);
  });

  test('work that goes on later is refused and undone', () => {
    const { transaction, add, kept } = openNumbers();
    expect(() => transaction(async () => add(1))).toThrow('must be synchronous');
    expect(kept()).toEqual([]);
  });

  test('a remembered value is read again after a rollback', () => {
    const { transaction, onRollback } = openNumbers();
    let undone = 0;
    onRollback(() => undone++);
    transaction(() => 1);
    expect(undone).toBe(0);
    expect(() =>
      transaction(() => {
        throw new Error('undone');
      }),
    ).toThrow();
    expect(undone).toBe(1);
  });

  test('the disk is waited for once, after the commit, where anything in it asked for that', () => {
    const { transaction, durable, add, syncs } = openNumbers();
    add(1);
    transaction(() => add(2));
    expect(syncs).toEqual([]);
    transaction(() => {
      durable();
      transaction(() => {
        add(3);
        durable();
      });
      add(4);
    });
    expect(syncs).toEqual([4]);
    add(5);
    expect(syncs).toEqual([4]);
    expect(() =>
      transaction(() => {
        durable();
        throw new Error('undone');
      }),
    ).toThrow();
    transaction(() => add(6));
    expect(syncs).toEqual([4]);
  });
});

test('what commands and ports write waits for the disk, and what is only seen does not', () => {
  const opened = openDatabase(join(temporaryDirectory(), 'toehold.db'));
  onTestFinished(() => opened.close());
  let asked = 0;
  const durable = () => {
    asked += 1;
    opened.durable();
  };
  const db = { ...opened, durable };
  const runs = createRunStore(db);
  const ports = createPortStore(db);
  const apps = createAppStore(db, runs, ports);
  const blog = apps.insert(anApp('blog'));
  const waits = (work: () => unknown) => {
    asked = 0;
    work();
    return asked > 0;
  };
  const unwanted = { ...LIFECYCLE, desired: 'STOPPED' as const };

  expect(waits(() => apps.insert(anApp('shop')))).toBe(true);
  expect(waits(() => apps.update({ ...blog, lifecycle: unwanted }))).toBe(true);
  expect(waits(() => apps.update({ ...blog, name: 'weblog' }))).toBe(true);
  expect(waits(() => ports.assign(blog.id, 3001, 1))).toBe(true);
  expect(waits(() => ports.release(blog.id))).toBe(true);
  expect(waits(() => runs.save(aRun(1, blog.id)))).toBe(true);
  const tokens = createTokenStore(db);
  expect(waits(() => tokens.insert(aToken('aaaaaaaaaa')))).toBe(true);
  expect(waits(() => tokens.revoke('aaaaaaaaaa', 1))).toBe(true);

  const invalid = { ...LIFECYCLE, phase: { kind: 'INVALID' as const } };
  expect(waits(() => apps.update({ ...blog, name: 'weblog', lifecycle: invalid }))).toBe(false);
  expect(waits(() => ports.release(blog.id))).toBe(false);
  expect(waits(() => runs.save(anEndedRun(1, blog.id)))).toBe(false);
  expect(waits(() => tokens.used('aaaaaaaaaa', 1, null))).toBe(false);
  expect(waits(() => tokens.insert(aToken('bbbbbbbbbb', { kind: 'RUN', run: 1 })))).toBe(false);
  expect(waits(() => createAuditStore(db).append(anAuditEntry()))).toBe(false);
  expect(waits(() => createEventStore(db).append([anEvent(1)]))).toBe(false);
  expect(waits(() => createMarkStore(db).append([aMark(1)]))).toBe(false);
  expect(waits(() => apps.remove(blog.id))).toBe(true);
});
