import { and, asc, count, desc, eq, gt, lt, ne, sql } from 'drizzle-orm';
import type { RunStore } from '../../src/contracts/stores.ts';
import type { Run, RunId } from '../../src/core/run.ts';
import type { Database } from '../client.ts';
import { runs } from '../tables.ts';
import { remember } from '../transactions.ts';

/**
 * A new run waits for the disk: its number names a directory and must not be given again after a power failure. Later
 * changes of a run do not wait, because a power failure ends the run.
 */
export function createRunStore(db: Database): RunStore {
  const ofRun = eq(runs.id, sql.placeholder('id'));
  const get = db.orm.select().from(runs).where(ofRun).prepare();
  const live = db.orm
    .select()
    .from(runs)
    .where(ne(runs.phase, sql.raw("'ENDED'")))
    .orderBy(runs.id)
    .prepare();
  const counted = db.orm
    .select({ count: count() })
    .from(runs)
    .where(eq(runs.app, sql.placeholder('app')))
    .prepare();
  const page = (forward: boolean) =>
    db.orm
      .select()
      .from(runs)
      .where(
        and(
          eq(runs.app, sql.placeholder('app')),
          lt(runs.id, sql.placeholder('after')),
          gt(runs.id, sql.placeholder('before')),
        ),
      )
      .orderBy(forward ? desc(runs.id) : asc(runs.id))
      .limit(sql.placeholder('limit'))
      .prepare();
  const newest = page(true);
  const oldest = page(false);
  const save = prepareSave(db);
  /** SQLite's own memory of the highest id there ever was (AUTOINCREMENT). */
  const lastGiven = () =>
    db.orm.get<{ seq: number } | undefined>(sql`SELECT seq FROM sqlite_sequence WHERE name = 'runs'`)?.seq ??
    0;
  const last = remember(db, lastGiven);

  const exists = (app: number, after: number, before: number) =>
    newest.all({ app, after, before, limit: 1 }).length > 0;

  return {
    nextId: () => last.get() + 1,
    get: (run) => {
      const row = get.get({ id: run });
      return row ? toRun(row) : null;
    },
    save: (run) => {
      db.write(() => {
        if (run.id > last.get()) db.durable();
        const { changes } = save.run(toRow(run));
        if (changes === 0)
          throw new Error(`Run ${run.id} is another app's, not app ${run.app}'s: it was not saved`);
      });
      last.set(Math.max(last.get(), run.id));
    },
    live: () => live.all().map(toRun),
    page: (app, { after, before, limit, forward }) => {
      const bounds = { app, after: after ?? Number.MAX_SAFE_INTEGER, before: before ?? 0 };
      const rows = (forward ? newest : oldest).all({ ...bounds, limit });
      if (!forward) rows.reverse();
      const first = rows[0]?.id ?? bounds.after - 1;
      const final = rows.at(-1)?.id ?? bounds.before + 1;
      return {
        runs: rows.map(toRun),
        hasPrevious: exists(app, Number.MAX_SAFE_INTEGER, first),
        hasNext: exists(app, final, 0),
      };
    },
    count: (app) => counted.get({ app })?.count ?? 0,
    surplus: (app, keep) => {
      const rows = db.orm.all<{ id: RunId }>(
        sql`SELECT id FROM runs WHERE app = ${app} AND phase = 'ENDED' ORDER BY id DESC LIMIT -1 OFFSET ${keep}`,
      );
      return rows.map((row) => row.id).reverse();
    },
    remove: (run) => {
      db.write(() => db.orm.delete(runs).where(eq(runs.id, run)).run());
    },
  };
}

function prepareSave(db: Database) {
  const values = {
    id: sql.placeholder('id'),
    app: sql.placeholder('app'),
    phase: sql.placeholder('phase'),
    cause: sql.placeholder('cause'),
    actor: sql.placeholder('actor'),
    release: sql.placeholder('release'),
    port: sql.placeholder('port'),
    pid: sql.placeholder('pid'),
    handle: sql.placeholder('handle'),
    startedAt: sql.placeholder('startedAt'),
    readyAt: sql.placeholder('readyAt'),
    endedAt: sql.placeholder('endedAt'),
    exitReason: sql.placeholder('exitReason'),
    exitCode: sql.placeholder('exitCode'),
    exitSignal: sql.placeholder('exitSignal'),
    exitAt: sql.placeholder('exitAt'),
    recoveries: sql.placeholder('recoveries'),
  };
  const replaced = {
    phase: sql`excluded.phase`,
    release: sql`excluded.release`,
    port: sql`excluded.port`,
    pid: sql`excluded.pid`,
    handle: sql`excluded.handle`,
    startedAt: sql`excluded.started_at`,
    readyAt: sql`excluded.ready_at`,
    endedAt: sql`excluded.ended_at`,
    exitReason: sql`excluded.exit_reason`,
    exitCode: sql`excluded.exit_code`,
    exitSignal: sql`excluded.exit_signal`,
    exitAt: sql`excluded.exit_at`,
    recoveries: sql`excluded.recoveries`,
    cause: sql`excluded.cause`,
    actor: sql`excluded.actor`,
  };
  return db.orm
    .insert(runs)
    .values(values)
    .onConflictDoUpdate({ target: runs.id, set: replaced, setWhere: sql`runs.app = excluded.app` })
    .prepare();
}

function toRow(run: Run): typeof runs.$inferSelect {
  const { exit, ...row } = run;
  return {
    ...row,
    exitReason: exit?.reason ?? null,
    exitCode: exit?.code ?? null,
    exitSignal: exit?.signal ?? null,
    exitAt: exit?.at ?? null,
  };
}

function toRun(row: typeof runs.$inferSelect): Run {
  const { exitReason, exitCode, exitSignal, exitAt, ...run } = row;
  const exit =
    exitReason === null ? null : { reason: exitReason, code: exitCode, signal: exitSignal, at: exitAt ?? 0 };
  return { ...run, exit };
}
