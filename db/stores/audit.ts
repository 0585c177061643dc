import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import type { AuditPageRequest, AuditStore } from '../../src/contracts/access.ts';
import type { Database } from '../client.ts';
import { audit } from '../tables.ts';

const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** The audit log. An entry does not wait for the disk by itself: the mutation that it belongs to does, and syncs both. */
export function createAuditStore(db: Database): AuditStore {
  const insert = db.orm
    .insert(audit)
    .values({
      at: sql.placeholder('at'),
      actor: sql.placeholder('actor'),
      token: sql.placeholder('token'),
      role: sql.placeholder('role'),
      action: sql.placeholder('action'),
      input: sql.placeholder('input'),
    })
    .returning({ seq: audit.seq })
    .prepare();
  const finish = db.orm
    .update(audit)
    .set({ outcome: sql`${sql.placeholder('outcome')}`, endedAt: sql`${sql.placeholder('at')}` })
    .where(eq(audit.seq, sql.placeholder('seq')))
    .prepare();
  const select = (forward: boolean) =>
    db.orm
      .select()
      .from(audit)
      .where(and(gt(audit.seq, sql.placeholder('after')), lt(audit.seq, sql.placeholder('before'))))
      .orderBy(forward ? asc(audit.seq) : desc(audit.seq))
      .limit(sql.placeholder('limit'))
      .prepare();
  const forwards = select(true);
  const backwards = select(false);

  const exists = (after: number, before: number) => forwards.get({ after, before, limit: 1 }) !== undefined;

  function page({ after, before, limit, forward }: AuditPageRequest) {
    const bounds = { after: after ?? 0, before: before ?? NO_BOUND, limit };
    const entries = forward ? forwards.all(bounds) : backwards.all(bounds).reverse();
    const first = entries[0]?.seq ?? bounds.after + 1;
    const last = entries.at(-1)?.seq ?? bounds.before - 1;
    return { entries, hasPrevious: exists(0, first), hasNext: exists(last, NO_BOUND) };
  }

  return {
    append: (entry) => db.write(() => insert.get({ ...entry }).seq),
    finish: (seq, outcome, at) => {
      db.write(() => finish.run({ seq, outcome, at }));
    },
    page,
    prune: ({ olderThan, most, limit }) =>
      db.write(() => {
        const tooMany = sql`seq <= (SELECT max(seq) FROM audit) - ${most}`;
        const old = sql`seq IN (SELECT seq FROM audit WHERE at < ${olderThan} OR ${tooMany} LIMIT ${limit})`;
        return db.orm.delete(audit).where(old).run().changes;
      }),
  };
}
