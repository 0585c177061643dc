import { and, asc, desc, eq, gt, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { EventPageRequest, EventStore } from '../../src/contracts/stores.ts';
import { type JournalEvent, type NewEvent, writtenFact } from '../../src/core/events.ts';
import type { Database } from '../client.ts';
import { mergeRows } from '../merge.ts';
import { events } from '../tables.ts';
import { remember } from '../transactions.ts';

const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** The journal. Its rows do not wait for the disk by themselves: a power failure can lose the newest. */
export function createEventStore(db: Database): EventStore {
  const insert = db.orm
    .insert(events)
    .values({
      at: sql.placeholder('at'),
      actor: sql.placeholder('actor'),
      type: sql.placeholder('type'),
      app: sql.placeholder('app'),
      appName: sql.placeholder('appName'),
      fact: sql.placeholder('fact'),
    })
    .returning({ seq: events.seq })
    .prepare();
  const get = db.orm
    .select()
    .from(events)
    .where(eq(events.seq, sql.placeholder('seq')))
    .prepare();
  const select = (forward: boolean, ...filter: SQL[]) =>
    db.orm
      .select()
      .from(events)
      .where(
        and(...filter, gt(events.seq, sql.placeholder('after')), lt(events.seq, sql.placeholder('before'))),
      )
      .orderBy(forward ? asc(events.seq) : desc(events.seq))
      .limit(sql.placeholder('limit'))
      .prepare();
  const ofApp = eq(events.app, sql.placeholder('app'));
  const everyApps = { forward: select(true), backward: select(false) };
  const oneApps = { forward: select(true, ofApp), backward: select(false, ofApp) };
  const lastGiven = () =>
    db.orm.get<{ seq: number } | undefined>(sql`SELECT seq FROM sqlite_sequence WHERE name = 'events'`)
      ?.seq ?? 0;
  const last = remember(db, lastGiven);

  function rows({ apps, after, before, limit, forward }: EventPageRequest): readonly Row[] {
    const direction = forward ? 'forward' : 'backward';
    const bounds = { after: after ?? 0, before: before ?? NO_BOUND, limit };
    if (!apps) return everyApps[direction].all(bounds);
    const reads = [...new Set(apps)].map((app) => (bound: number | null, size: number) => {
      const narrowed = bound === null ? {} : forward ? { after: bound } : { before: bound };
      return oneApps[direction].all({ ...bounds, ...narrowed, limit: size, app });
    });
    return mergeRows(reads, limit, forward);
  }

  /** The last of the oldest `limit` events that retention lets go; 0 where it is none. */
  function lastSurplus(keep: number, olderThan: number, limit: number): number {
    let found = 0;
    for (const { seq, at } of everyApps.forward.all({ after: 0, before: NO_BOUND, limit })) {
      if (at >= olderThan && seq > last.get() - keep) break;
      found = seq;
    }
    return found;
  }

  return {
    append: (added) =>
      db.transaction(() =>
        added.map((event) => {
          const { seq } = insert.get(toRow(event));
          last.set(seq);
          return { ...event, seq };
        }),
      ),
    get: (seq) => {
      const row = get.get({ seq });
      return row ? toEvent(row) : null;
    },
    page: (request) => {
      const found = [...rows(request)];
      if (!request.forward) found.reverse();
      const first = found[0]?.seq ?? (request.after ?? 0) + 1;
      const final = found.at(-1)?.seq ?? (request.before ?? NO_BOUND) - 1;
      const exists = (after: number | null, before: number | null) =>
        rows({ apps: request.apps, after, before, limit: 1, forward: true }).length > 0;
      return {
        events: found.map(toEvent),
        hasPrevious: exists(null, first),
        hasNext: final < last.get() && exists(final, null),
      };
    },
    last: last.get,
    first: () => everyApps.forward.get({ after: 0, before: NO_BOUND, limit: 1 })?.seq ?? 0,
    prune: ({ keep, olderThan, limit }) =>
      db.write(() => {
        const surplus = lastSurplus(keep, olderThan, limit);
        return surplus === 0 ? 0 : db.orm.delete(events).where(lte(events.seq, surplus)).run().changes;
      }),
  };
}

type Row = typeof events.$inferSelect;

function toRow({ at, actor, fact, app }: NewEvent): Omit<Row, 'seq'> {
  return { at, actor, type: fact.type, fact, app: app?.id ?? null, appName: app?.name ?? null };
}

function toEvent({ seq, at, actor, fact, app, appName }: Row): JournalEvent {
  return {
    seq,
    at,
    actor,
    fact: writtenFact(fact),
    app: app === null ? null : { id: app, name: appName ?? '' },
  };
}
