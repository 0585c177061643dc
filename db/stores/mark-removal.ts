import { eq, sql } from 'drizzle-orm';
import type { MarkStore } from '../../src/contracts/marks.ts';
import type { AppId } from '../../src/core/app.ts';
import type { LogPosition } from '../../src/core/cursor.ts';
import type { Database } from '../client.ts';
import { lostMarks, marks, spools } from '../tables.ts';

export type MarkRemoval = Pick<MarkStore, 'prune' | 'lost' | 'removeRun' | 'removeApp' | 'count'> & {
  /** To be called for every new mark. */
  appended(app: AppId): void;
};

/** @param removed is called in the transaction of each removal. */
export function createMarkRemoval(db: Database, removed: () => void): MarkRemoval {
  const counts = new Map<AppId, number>();
  db.onRollback(() => counts.clear());
  const counted = db.orm
    .select({ count: sql<number>`count(*)` })
    .from(marks)
    .where(eq(marks.app, sql.placeholder('app')))
    .prepare();

  function removing(app: AppId, work: () => number): void {
    db.transaction(() => {
      const number = work();
      const count = counts.get(app);
      if (count !== undefined) counts.set(app, count - number);
      removed();
    });
  }

  return {
    appended: (app) => {
      const count = counts.get(app);
      if (count !== undefined) counts.set(app, count + 1);
    },
    count: (app) => {
      const count = counts.get(app) ?? counted.get({ app })?.count ?? 0;
      counts.set(app, count);
      return count;
    },
    prune: (app, upTo, keep) => {
      const pruned = sql`app = ${app} AND stream IN (0, 1, 2) AND seq <= ${upTo}`;
      const kept = sql`(SELECT value FROM json_each(${JSON.stringify(keep)}))`;
      removing(app, () => {
        db.orm.run(sql`
          INSERT INTO lost_marks (app, mark, byte)
          SELECT app, seq, from_byte + size FROM marks WHERE ${pruned} ORDER BY seq DESC LIMIT 1
          ON CONFLICT (app) DO UPDATE SET mark = excluded.mark, byte = excluded.byte
          WHERE excluded.mark > lost_marks.mark`);
        const gone = sql`app = ${app} AND last_mark <= ${upTo} AND last_mark NOT IN ${kept}`;
        db.orm.delete(spools).where(gone).run();
        return db.orm.delete(marks).where(sql`${pruned} AND seq NOT IN ${kept}`).run().changes;
      });
    },
    lost: () => {
      const positions = new Map<AppId, LogPosition>();
      for (const { app, mark, byte } of db.orm.select().from(lostMarks).all())
        positions.set(app, { mark, byte });
      return positions;
    },
    removeRun: (run) => {
      for (const spool of db.orm.select().from(spools).where(eq(spools.run, run)).all()) {
        const { app, stream, firstMark, lastMark } = spool;
        const range = sql`app = ${app} AND stream = ${stream} AND seq BETWEEN ${firstMark} AND ${lastMark}`;
        removing(app, () => {
          db.orm.delete(spools).where(sql`run = ${run} AND stream = ${stream}`).run();
          return db.orm.delete(marks).where(sql`${range} AND +run = ${run}`).run().changes;
        });
      }
    },
    removeApp: (app) => {
      removing(app, () => {
        db.orm.delete(spools).where(eq(spools.app, app)).run();
        return db.orm.delete(marks).where(eq(marks.app, app)).run().changes;
      });
    },
  };
}
