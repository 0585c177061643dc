import { and, asc, desc, eq, gte, lt, max, sql } from 'drizzle-orm';
import type { AppId } from '../../src/core/app.ts';
import type { Database } from '../client.ts';
import { clockSteps, marks } from '../tables.ts';
import { remember } from '../transactions.ts';
import { STREAMS } from './mark-scan.ts';

/**
 * How far back in time a mark may go without beginning a new span, in milliseconds. The order of marks is only roughly
 * that of their times: streams are looked at one after the other, and bytes found at a start have their file's time.
 */
const SLACK = 1_000;

const END = Number.MAX_SAFE_INTEGER;

/** Finds marks by their time, without an index. */
export interface MarkTimes {
  /** To be called for every new mark, within its transaction. */
  appended(seq: number, at: number): void;
  /** The first mark (of these apps) whose time is not before this one; null where there is none. */
  firstSince(apps: readonly AppId[] | null, time: number): number | null;
  /** All marks before this one are removed. */
  prune(first: number): void;
}

/**
 * A mark that is more than SLACK older than one before it shows that the clock was set back. Its number goes into the
 * table clock_steps and begins a span. Within a span, a binary search for `time - SLACK` ends at or before the first
 * mark of that time, and that mark follows shortly after. So the answer is exact, whatever the clock did, and takes a
 * few dozen look-ups for each span.
 */
export function createMarkTimes(db: Database): MarkTimes {
  const inSpan = and(gte(marks.seq, sql.placeholder('from')), lt(marks.seq, sql.placeholder('end')));
  const place = { seq: marks.seq, at: marks.at };
  const firstIn = db.orm.select(place).from(marks).where(inSpan).orderBy(asc(marks.seq)).limit(1).prepare();
  const lastIn = db.orm.select(place).from(marks).where(inSpan).orderBy(desc(marks.seq)).limit(1).prepare();
  const late = gte(sql`+${marks.at}`, sql.placeholder('time'));
  const lateIn = db.orm
    .select(place)
    .from(marks)
    .where(and(inSpan, late))
    .orderBy(asc(marks.seq))
    .limit(1)
    .prepare();
  const ofSource = and(eq(marks.app, sql.placeholder('app')), eq(marks.stream, sql.placeholder('stream')));
  const lateOfSource = db.orm
    .select(place)
    .from(marks)
    .where(and(ofSource, inSpan, late))
    .orderBy(asc(marks.seq))
    .limit(1)
    .prepare();
  const highest = db.orm
    .select({ at: max(marks.at) })
    .from(marks)
    .where(inSpan)
    .prepare();
  const addStep = db.orm
    .insert(clockSteps)
    .values({ mark: sql.placeholder('mark') })
    .prepare();

  /** Where each span begins; the newest time of the last one. */
  const spans = remember(db, load);

  function load(): { starts: number[]; newest: number } {
    const steps = db.orm.select().from(clockSteps).orderBy(clockSteps.mark).all();
    const starts = [0, ...steps.map((step) => step.mark)];
    const from = starts.at(-1) ?? 0;
    const final = lastIn.get({ from, end: END });
    if (!final) return { starts, newest: 0 };
    const begin = lowerBound(from, final.seq + 1, final.at);
    return { starts, newest: highest.get({ from: begin, end: END })?.at ?? final.at };
  }

  /** A mark's number at or before the first mark of the span that is of this time or later. */
  function lowerBound(from: number, end: number, time: number): number {
    let low = from;
    let high = end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = firstIn.get({ from: middle, end: high });
      if (!found || found.at >= time - SLACK) high = middle;
      else low = found.seq + 1;
    }
    return low;
  }

  function firstInSpan(
    apps: readonly AppId[] | null,
    time: number,
    from: number,
    end: number,
  ): number | null {
    const final = lastIn.get({ from, end });
    if (!final || final.at < time - SLACK) return null;
    const begin = lowerBound(from, final.seq + 1, time);
    if (!apps) return lateIn.get({ from: begin, end, time })?.seq ?? null;
    let first: number | null = null;
    for (const app of apps) {
      for (const stream of STREAMS.keys()) {
        const found = lateOfSource.get({ app, stream, from: begin, end: first ?? end, time });
        if (found) first = found.seq;
      }
    }
    return first;
  }

  return {
    appended: (seq, at) => {
      const span = spans.get();
      if (at < span.newest - SLACK) {
        addStep.run({ mark: seq });
        span.starts.push(seq);
        span.newest = at;
      } else {
        span.newest = Math.max(span.newest, at);
      }
    },
    firstSince: (apps, time) => {
      const { starts } = spans.get();
      for (const [index, from] of starts.entries()) {
        const found = firstInSpan(apps, time, from, starts[index + 1] ?? END);
        if (found !== null) return found;
      }
      return null;
    },
    prune: (first) => {
      const { starts } = spans.get();
      const kept = starts.findLastIndex((start) => start <= first);
      if (kept <= 0) return;
      const begin = starts[kept] ?? 0;
      db.orm.delete(clockSteps).where(lt(clockSteps.mark, begin)).run();
      starts.splice(0, kept);
    },
  };
}
