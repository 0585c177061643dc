import { randomBytes } from 'node:crypto';
import { desc, eq, sql } from 'drizzle-orm';
import type { MetaStore } from '../../src/contracts/stores.ts';
import type { Database } from '../client.ts';
import { epochs, meta } from '../tables.ts';

const DATABASE_ID = 'database.id';

/**
 * Begins an epoch, and syncs that. Numbers that an earlier control plane gave to clients, and that a power failure lost,
 * differ by their epoch from the same numbers given now.
 */
export function createMetaStore(
  db: Database,
  journals: { readonly lastEvent: () => number; readonly lastMark: () => number },
  now: number,
): MetaStore {
  const { databaseId, epoch } = db.transaction(() => {
    db.durable();
    const earlier = db.orm.select().from(epochs).orderBy(desc(epochs.epoch)).limit(1).get();
    if (earlier) {
      const ends = { lastEvent: journals.lastEvent(), lastMark: journals.lastMark() };
      db.orm.update(epochs).set(ends).where(eq(epochs.epoch, earlier.epoch)).run();
    }
    const begun = { epoch: (earlier?.epoch ?? 0) + 1, startedAt: now };
    db.orm.insert(epochs).values(begun).run();
    return { databaseId: knownId(db), epoch: begun.epoch };
  });
  const get = db.orm
    .select()
    .from(epochs)
    .where(eq(epochs.epoch, sql.placeholder('epoch')))
    .prepare();

  return {
    databaseId,
    epoch,
    lastEventOfEpoch: (of) =>
      of === epoch ? journals.lastEvent() : (get.get({ epoch: of })?.lastEvent ?? null),
    lastMarkOfEpoch: (of) =>
      of === epoch ? journals.lastMark() : (get.get({ epoch: of })?.lastMark ?? null),
  };
}

function knownId(db: Database): string {
  const known = db.orm.select().from(meta).where(eq(meta.key, DATABASE_ID)).get();
  if (known) return known.value;
  const value = randomBytes(8).toString('hex');
  db.orm.insert(meta).values({ key: DATABASE_ID, value }).run();
  return value;
}
