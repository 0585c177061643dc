import { eq, sql } from 'drizzle-orm';
import type { TimeStore } from '../../src/contracts/stores.ts';
import type { Database } from '../client.ts';
import { meta } from '../tables.ts';

const STEADY_TIME = 'time.steady';

/** One row, which several processes may write: the latest time stays. */
export function createTimeStore(db: Database): TimeStore {
  const get = db.orm.select().from(meta).where(eq(meta.key, STEADY_TIME)).prepare();
  function kept(): number | null {
    const value = Number(get.get()?.value ?? Number.NaN);
    return Number.isSafeInteger(value) ? value : null;
  }
  return {
    kept,
    keep: (time) =>
      db.write(() => {
        if ((kept() ?? Number.NEGATIVE_INFINITY) >= time) return;
        const value = String(time);
        db.orm
          .insert(meta)
          .values({ key: STEADY_TIME, value })
          .onConflictDoUpdate({ target: meta.key, set: { value: sql`excluded.value` } })
          .run();
      }),
  };
}
