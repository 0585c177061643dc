import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { describe, expect, test } from 'vitest';
import journal from '../../db/migrations/meta/_journal.json' with { type: 'json' };
import { aMark, anApp, anAuditEntry, anEndedRun, anEvent, aRun, aToken } from './rows.ts';
import { openTemporary, temporaryDirectory } from './support.ts';

const MIGRATIONS = fileURLToPath(new URL('../../db/migrations', import.meta.url));
const HISTORY = fileURLToPath(new URL('./history', import.meta.url));
const databases = readdirSync(HISTORY).filter((name) => name.endsWith('.db'));

test('the migrations make the tables as they are: `npx drizzle-kit generate` has nothing to add', () => {
  const out = join(temporaryDirectory(), 'migrations');
  cpSync(MIGRATIONS, out, { recursive: true });
  // It takes this path as one from here, and ends with 0 whatever happens.
  const options = ['--dialect', 'sqlite', '--schema', './db/tables.ts', '--out', relative('.', out)];
  const kit = join('node_modules', '.bin', 'drizzle-kit');
  const told = execFileSync(kit, ['generate', ...options], { stdio: 'pipe', encoding: 'utf8' });
  expect(told).toContain('No schema changes');
  expect(readdirSync(out, { recursive: true }).sort()).toEqual(
    readdirSync(MIGRATIONS, { recursive: true }).sort(),
  );
});

test('each migration has a database of its time in test/db/history', () => {
  expect(databases.sort()).toEqual(journal.entries.map((entry) => `${entry.tag}.db`));
});

describe.each(databases)('the old database %s', (name) => {
  function open() {
    const file = join(temporaryDirectory(), 'toehold.db');
    copyFileSync(join(HISTORY, name), file);
    return { file, stores: openTemporary(file) };
  }

  test('went through the migrations as they are: a released one is not edited', () => {
    const { file } = open();
    const client = new SQLite(file, { readonly: true });
    const applied = client.prepare('SELECT hash FROM __drizzle_migrations ORDER BY created_at').pluck().all();
    client.close();
    expect(applied).toEqual(
      readMigrationFiles({ migrationsFolder: MIGRATIONS }).map((migration) => migration.hash),
    );
  });

  test('opens with all that is in it', () => {
    const { stores } = open();
    const [blog, shop] = stores.apps.all();
    expect(blog).toEqual({ ...anApp('blog'), id: 1 });
    expect(shop).toMatchObject({ id: 2, name: 'shop', manifest: null, missingSince: 2_000 });
    expect(stores.runs.get(1)).toEqual(anEndedRun(1, 1));
    expect(stores.runs.live()).toEqual([aRun(2, 1)]);
    expect(stores.runs.nextId()).toBe(3);
    expect(stores.ports.all()).toEqual([{ id: 1, port: 3001, app: 1, assignedAt: 1_000 }]);
    expect(stores.installs.get('/apps/blog/20300101-000000')).toBe('key');
    const { events } = stores.events.page({ apps: null, after: null, before: null, limit: 9, forward: true });
    expect(events).toEqual([
      { ...anEvent(null), seq: 1 },
      { ...anEvent(1), seq: 2 },
    ]);
    expect(stores.marks.get(3)).toEqual({
      ...aMark(1, { run: 2, at: 2_000, from: 12, to: 24, stream: 'STDERR' }),
      seq: 3,
    });
    expect(stores.marks.lastOfRun(2, 'STDOUT')?.seq).toBe(2);
    expect(stores.marks.firstSince(null, 1_001)).toBe(3);
    expect(stores.marks.lost()).toEqual(new Map([[1, { mark: 1, byte: 12 }]]));
    expect([stores.meta.epoch, stores.meta.lastEventOfEpoch(1), stores.meta.lastMarkOfEpoch(1)]).toEqual([
      2, 2, 3,
    ]);
    const audit = stores.audit.page({ after: null, before: null, limit: 9, forward: true }).entries;
    if (name < '0002') {
      expect([stores.tokens.all(), audit]).toEqual([[], []]);
      return;
    }
    expect(stores.tokens.get('aaaaaaaaaa')).toEqual(aToken('aaaaaaaaaa'));
    expect(stores.tokens.all()[1]).toMatchObject({ kind: 'SESSION', parent: 'aaaaaaaaaa', revokedAt: 5_000 });
    expect(audit).toEqual([
      { ...anAuditEntry(), seq: 1, outcome: null, endedAt: null },
      { ...anAuditEntry({ action: 'stopApp' }), seq: 2, outcome: 'OK', endedAt: 2_000 },
    ]);
  });
});
