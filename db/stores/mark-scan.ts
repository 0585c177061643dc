import { and, asc, desc, eq, gt, lt, type SQL, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/sqlite-core';
import type { Mark, MarkScan } from '../../src/contracts/marks.ts';
import type { AppId } from '../../src/core/app.ts';
import type { LogStream } from '../../src/core/run.ts';
import type { Database } from '../client.ts';
import { mergeRows, type ReadRows } from '../merge.ts';
import { marks, spools } from '../tables.ts';

/** The table holds the index in this list. */
export const STREAMS: readonly LogStream[] = ['STDOUT', 'STDERR', 'SUPERVISOR'];

type MarkRow = typeof marks.$inferSelect;

export function streamNumber(stream: LogStream): number {
  return STREAMS.indexOf(stream);
}

export function toMark({ seq, app, run, stream, generation, from, size, at, tail }: MarkRow): Mark {
  return {
    seq,
    app,
    run,
    stream: STREAMS[stream] ?? 'SUPERVISOR',
    generation,
    from,
    to: from + size,
    at,
    tail,
  };
}

const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** So near the end, reading every app's marks is cheaper than one query for each app. In marks. */
const NEAR_END = 500;
/** To read so many rows takes about as long as one statement more. */
const ROWS_A_STATEMENT = 16;

/**
 * Reads marks in order. In the index the marks of one app's stream are next to one another, so marks that do not match
 * are not read: several apps or streams are merged. A run's marks are among those of its app, from its first to its
 * last.
 */
export function createMarkScan(db: Database, last: () => number): (scan: MarkScan) => readonly Mark[] {
  const between = (...filter: SQL[]) =>
    db.orm
      .select()
      .from(marks)
      .where(
        and(...filter, gt(marks.seq, sql.placeholder('after')), lt(marks.seq, sql.placeholder('before'))),
      );
  const inOrder = (forward: boolean) => (forward ? asc(marks.seq) : desc(marks.seq));
  const select = (forward: boolean, ...filter: SQL[]) =>
    between(...filter)
      .orderBy(inOrder(forward))
      .limit(sql.placeholder('limit'))
      .prepare();
  const selectApp = (forward: boolean) => {
    const ofStream = (stream: number) =>
      between(eq(marks.app, sql.placeholder('app')), eq(marks.stream, stream));
    return unionAll(ofStream(0), ofStream(1), ofStream(2))
      .orderBy(inOrder(forward))
      .limit(sql.placeholder('limit'))
      .prepare();
  };
  const ofSource = [eq(marks.app, sql.placeholder('app')), eq(marks.stream, sql.placeholder('stream'))];
  // The plus sign keeps SQLite from looking for an index: there is none.
  const ofRun = sql`+${marks.run} = ${sql.placeholder('run')}`;
  const everything = { forward: select(true), backward: select(false) };
  const ofApp = { forward: selectApp(true), backward: selectApp(false) };
  const source = { forward: select(true, ...ofSource), backward: select(false, ...ofSource) };
  const sourceOfRun = {
    forward: select(true, ...ofSource, ofRun),
    backward: select(false, ...ofSource, ofRun),
  };
  const spoolsOfRun = db.orm
    .select()
    .from(spools)
    .where(eq(spools.run, sql.placeholder('run')))
    .prepare();
  const appsWithMarks = db.orm.selectDistinct({ app: spools.app }).from(spools).prepare();

  return (scan) => toMarks(rows(scan));

  function rows(scan: MarkScan): readonly MarkRow[] {
    const { limit, forward } = scan;
    const streams = [...new Set(scan.streams ?? STREAMS)].map(streamNumber);
    if (scan.run !== undefined) return mergeRows(readsOfRun(scan, scan.run, streams), limit, forward);
    const direction = forward ? 'forward' : 'backward';
    const bounds = { after: scan.after, before: scan.before ?? NO_BOUND };
    if (!scan.apps && streams.length === STREAMS.length)
      return everything[direction].all({ ...bounds, limit });
    const apart = scan.apps ? scan.apps.length * streams.length : Number.POSITIVE_INFINITY;
    if (forward && last() - scan.after <= Math.min(NEAR_END, apart * ROWS_A_STATEMENT)) {
      const apps = scan.apps && new Set(scan.apps);
      return everything.forward
        .all({ ...bounds, limit: NEAR_END })
        .filter((row) => (!apps || apps.has(row.app)) && streams.includes(row.stream))
        .slice(0, limit);
    }
    const apps = scan.apps ? [...new Set(scan.apps)] : appsWithMarks.all().map((row) => row.app);
    const ofOne = (app: AppId, stream: number | null): ReadRows<MarkRow> => {
      const select = stream === null ? ofApp : source;
      return (bound, size) =>
        select[direction].all({ ...narrowed(bounds, bound, forward), limit: size, app, stream });
    };
    const each = streams.length === STREAMS.length ? [null] : streams;
    const reads = apps.flatMap((app) => each.map((stream) => ofOne(app, stream)));
    return mergeRows(reads, limit, forward);
  }

  function readsOfRun(scan: MarkScan, run: number, streams: readonly number[]): ReadRows<MarkRow>[] {
    const apps = scan.apps && new Set(scan.apps);
    return spoolsOfRun
      .all({ run })
      .filter(({ app, stream }) => streams.includes(stream) && (!apps || apps.has(app)))
      .map(({ app, stream, firstMark, lastMark }) => (bound, limit) => {
        const bounds = {
          after: Math.max(scan.after, firstMark - 1),
          before: Math.min(scan.before ?? NO_BOUND, lastMark + 1),
        };
        const direction = scan.forward ? 'forward' : 'backward';
        return sourceOfRun[direction].all({
          ...narrowed(bounds, bound, scan.forward),
          limit,
          app,
          stream,
          run,
        });
      });
  }
}

function toMarks(rows: readonly MarkRow[]): readonly Mark[] {
  return rows.map(toMark);
}

function narrowed(bounds: { after: number; before: number }, bound: number | null, forward: boolean) {
  if (bound === null) return bounds;
  return forward ? { ...bounds, after: bound } : { ...bounds, before: bound };
}
