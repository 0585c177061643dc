import { and, eq, max, min, sql } from 'drizzle-orm';
import type { Mark, MarkStore } from '../../src/contracts/marks.ts';
import type { AppId } from '../../src/core/app.ts';
import type { LogStream, RunId } from '../../src/core/run.ts';
import type { Database } from '../client.ts';
import { marks, meta, spools } from '../tables.ts';
import { remember } from '../transactions.ts';
import { createMarkRemoval } from './mark-removal.ts';
import { createMarkScan, STREAMS, streamNumber, toMark } from './mark-scan.ts';
import { createMarkTimes } from './mark-times.ts';

/** The highest number of a mark that was removed. */
const LAST_REMOVED = 'marks.last-removed';

/** Marks do not wait for the disk. A power failure can lose the newest; their bytes are then marked again. */
export function createMarkStore(db: Database): MarkStore {
  const insert = prepareInsert(db);
  const spool = prepareSpool(db);
  const get = db.orm
    .select()
    .from(marks)
    .where(eq(marks.seq, sql.placeholder('seq')))
    .prepare();
  const lastOfSpool = db.orm
    .select({ seq: spools.lastMark })
    .from(spools)
    .where(and(eq(spools.run, sql.placeholder('run')), eq(spools.stream, sql.placeholder('stream'))))
    .prepare();
  const oldest = db.orm
    .select({ seq: min(marks.seq) })
    .from(marks)
    .prepare();
  const newest = db.orm
    .select({ seq: max(marks.seq) })
    .from(marks)
    .prepare();
  const oldestOfSource = db.orm
    .select({ seq: min(marks.seq) })
    .from(marks)
    .where(and(eq(marks.app, sql.placeholder('app')), eq(marks.stream, sql.placeholder('stream'))))
    .prepare();

  const lastGiven = () => {
    const removed = db.orm.select().from(meta).where(eq(meta.key, LAST_REMOVED)).get();
    return Math.max(newest.get()?.seq ?? 0, Number(removed?.value ?? 0));
  };
  const last = remember(db, lastGiven);
  const times = createMarkTimes(db);
  const scan = createMarkScan(db, last.get);

  function first(app?: AppId): number {
    if (app === undefined) return oldest.get()?.seq ?? 0;
    const found = STREAMS.map((_, stream) => oldestOfSource.get({ app, stream })?.seq ?? null);
    const seqs = found.filter((seq) => seq !== null);
    return seqs.length > 0 ? Math.min(...seqs) : 0;
  }

  const removal = createMarkRemoval(db, () => {
    if ((newest.get()?.seq ?? 0) < last.get()) setLastRemoved(db, last.get());
    times.prune(first());
  });

  return {
    append: (added) =>
      db.transaction(() =>
        added.map((mark) => {
          const seq = last.get() + 1;
          last.set(seq);
          const stream = streamNumber(mark.stream);
          const { app, run, generation, from, at } = mark;
          const tail = Buffer.from(mark.tail.buffer, mark.tail.byteOffset, mark.tail.byteLength);
          insert.run({ seq, app, run, stream, generation, from, size: mark.to - from, at, tail });
          spool.run({ run, stream, app, seq });
          times.appended(seq, at);
          removal.appended(app);
          return { ...mark, seq };
        }),
      ),
    scan,
    get: (seq) => {
      const row = get.get({ seq });
      return row ? toMark(row) : null;
    },
    lastOfRun: (run: RunId, stream: LogStream): Mark | null => {
      const found = lastOfSpool.get({ run, stream: streamNumber(stream) });
      const row = found && get.get({ seq: found.seq });
      return row ? toMark(row) : null;
    },
    firstSince: (apps, time) => times.firstSince(apps, time),
    last: last.get,
    first,
    prune: removal.prune,
    lost: removal.lost,
    removeRun: removal.removeRun,
    removeApp: removal.removeApp,
    count: removal.count,
    checkpoint: () =>
      db.flush().then(
        () => true,
        () => false,
      ),
  };
}

function setLastRemoved(db: Database, seq: number): void {
  const value = String(seq);
  db.orm
    .insert(meta)
    .values({ key: LAST_REMOVED, value })
    .onConflictDoUpdate({ target: meta.key, set: { value } })
    .run();
}

function prepareInsert(db: Database) {
  return db.orm
    .insert(marks)
    .values({
      seq: sql.placeholder('seq'),
      app: sql.placeholder('app'),
      stream: sql.placeholder('stream'),
      run: sql.placeholder('run'),
      generation: sql.placeholder('generation'),
      from: sql.placeholder('from'),
      size: sql.placeholder('size'),
      at: sql.placeholder('at'),
      tail: sql.placeholder('tail'),
    })
    .prepare();
}

function prepareSpool(db: Database) {
  return db.orm
    .insert(spools)
    .values({
      run: sql.placeholder('run'),
      stream: sql.placeholder('stream'),
      app: sql.placeholder('app'),
      firstMark: sql.placeholder('seq'),
      lastMark: sql.placeholder('seq'),
    })
    .onConflictDoUpdate({ target: [spools.run, spools.stream], set: { lastMark: sql`excluded.last_mark` } })
    .prepare();
}
