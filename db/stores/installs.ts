import { eq, sql } from 'drizzle-orm';
import type { InstallStore } from '../../src/contracts/stores.ts';
import type { Database } from '../client.ts';
import { installs } from '../tables.ts';

/** Nothing here waits for the disk: a row that a power failure loses only causes an installation that was not needed. */
export function createInstallStore(db: Database): InstallStore {
  const ofDirectory = eq(installs.directory, sql.placeholder('directory'));
  const get = db.orm.select({ key: installs.key }).from(installs).where(ofDirectory).prepare();
  const forget = db.orm.delete(installs).where(ofDirectory).prepare();
  const set = db.orm
    .insert(installs)
    .values({
      directory: sql.placeholder('directory'),
      key: sql.placeholder('key'),
      at: sql.placeholder('at'),
    })
    .onConflictDoUpdate({ target: installs.directory, set: { key: sql`excluded.key`, at: sql`excluded.at` } })
    .prepare();

  return {
    get: (directory) => get.get({ directory })?.key ?? null,
    set: (directory, key, at) => {
      db.write(() => set.run({ directory, key, at }));
    },
    forget: (directory) => {
      db.write(() => forget.run({ directory }));
    },
  };
}
