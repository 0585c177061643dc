import { eq, sql } from 'drizzle-orm';
import type { AppRecord, AppStore, RunStore } from '../../src/contracts/stores.ts';
import { writtenManifest } from '../../src/core/manifest.ts';
import type { Database } from '../client.ts';
import { fromStored, toStored } from '../stored-lifecycle.ts';
import { apps } from '../tables.ts';
import type { Forgetful } from './ports.ts';

/**
 * A change that answers a command (a new, renamed or removed app, its desired state, an operation under way, a grant)
 * waits for the disk. What the supervisor only observed does not: it would be observed again.
 */
export function createAppStore(db: Database, runs: Pick<RunStore, 'get'>, ports: Forgetful): AppStore {
  const columns = placeholders();
  const insert = db.orm.insert(apps).values(columns).returning({ id: apps.id }).prepare();
  const update = db.orm
    .update(apps)
    .set(Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, sql`${value}`])))
    .where(eq(apps.id, sql.placeholder('id')))
    .prepare();
  const remove = db.orm
    .delete(apps)
    .where(eq(apps.id, sql.placeholder('id')))
    .prepare();
  const all = db.orm.select().from(apps).orderBy(apps.id).prepare();
  /** What must survive a power failure, by app, as it was last written. */
  const promised = new Map<number, string>();
  db.onRollback(() => promised.clear());

  return {
    all: () => all.all().map((row) => toRecord(row, runs)),
    insert: (app) =>
      db.write(() => {
        const { id } = insert.get(toRow(app));
        db.durable();
        const record = { ...app, id };
        promised.set(id, promiseOf(record));
        return record;
      }),
    update: (app) => {
      db.write(() => {
        const row = toRow(app);
        const json = {
          manifest: row.manifest && JSON.stringify(row.manifest),
          lifecycle: JSON.stringify(row.lifecycle),
          intent: row.intent && JSON.stringify(row.intent),
        };
        update.run({ ...row, ...json, id: app.id });
        const promise = promiseOf(app);
        if (promised.get(app.id) !== promise) db.durable();
        promised.set(app.id, promise);
      });
    },
    remove: (app) => {
      db.write(() => {
        remove.run({ id: app });
        ports.forget();
        db.durable();
        promised.delete(app);
      });
    },
  };
}

function placeholders() {
  return {
    name: sql.placeholder('name'),
    identity: sql.placeholder('identity'),
    createdAt: sql.placeholder('createdAt'),
    revision: sql.placeholder('revision'),
    missingSince: sql.placeholder('missingSince'),
    release: sql.placeholder('release'),
    directory: sql.placeholder('directory'),
    directoryIdentity: sql.placeholder('directoryIdentity'),
    manifest: sql.placeholder('manifest'),
    lifecycle: sql.placeholder('lifecycle'),
    intent: sql.placeholder('intent'),
    granted: sql.placeholder('granted'),
  };
}

function promiseOf(app: AppRecord): string {
  return JSON.stringify([app.name, app.lifecycle.desired, app.intent, app.granted]);
}

function toRow(app: Omit<AppRecord, 'id'>): typeof apps.$inferInsert {
  const { name, identity, createdAt, revision, missingSince, manifest, release, directory } = app;
  const { lifecycle, intent, granted, directoryIdentity } = app;
  return {
    name,
    identity,
    createdAt,
    revision,
    missingSince,
    manifest,
    release,
    directory,
    directoryIdentity,
    lifecycle: toStored(lifecycle),
    intent,
    granted,
  };
}

function toRecord(row: typeof apps.$inferSelect, runs: Pick<RunStore, 'get'>): AppRecord {
  const { desired: _, phase: __, manifest, lifecycle, ...record } = row;
  return {
    ...record,
    lifecycle: fromStored(lifecycle, runs.get),
    manifest: manifest && writtenManifest(manifest),
  };
}
