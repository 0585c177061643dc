import type { LogQuery } from '../../contracts/logs.ts';
import type { Mark } from '../../contracts/marks.ts';
import type { LogPosition } from '../../core/cursor.ts';
import type { Line } from './lines.ts';
import { linesOfMark } from './mark-lines.ts';
import type { Reading } from './reading.ts';
import type { Direction } from './windows.ts';

export interface Walk {
  /** Exclusive bounds. */
  readonly after: LogPosition | null;
  readonly before: LogPosition | null;
  readonly direction: Direction;
  /** How many lines are needed, about. */
  readonly limit: number;
}

/** What the walk found in a part of a mark. */
export interface WalkStep {
  readonly mark: Mark;
  /** The lines whose text matches; in their order, oldest first. */
  readonly lines: readonly Line[];
  /** This was the last step of the mark. */
  readonly done: boolean;
  /** Its bytes are gone, and not by retention: the app truncated its file, or somebody removed it. */
  readonly gone: boolean;
}

/** Marks of the same second need not be in the order of their times, in milliseconds. */
const TIME_SLACK = 2_000;
/** Of a busy app, for which the first scan is sized; a quiet one has a mark for each line, and scans grow. */
const LINES_A_MARK = 64;
const FIRST_SCAN = 4;
const MOST_SCAN = 512;

/** Goes over the marks between two positions and the lines in them, at most 64 KiB in one step. */
export function* walk(reading: Reading, query: LogQuery, request: Walk): Generator<WalkStep> {
  const forward = request.direction === 'FORWARD';
  let after = request.after ? request.after.mark - 1 : 0;
  let before = request.before ? request.before.mark + 1 : null;
  if (query.since !== undefined) {
    const first = reading.marks.firstSince(query.apps, query.since);
    if (first === null) return;
    after = Math.max(after, first - 1);
  }
  if (query.until !== undefined) {
    const first = reading.marks.firstSince(query.apps, query.until + TIME_SLACK);
    if (first !== null) before = Math.min(before ?? first, first);
  }
  // An empty list of apps has no lines; null has those of every app.
  if (query.apps?.length === 0) return;
  const { apps, run, streams } = query;
  const matcher = new Matcher(query);
  const first = Math.min(MOST_SCAN, Math.max(FIRST_SCAN, Math.ceil(request.limit / LINES_A_MARK)));
  for (let limit = first; ; limit = Math.min(MOST_SCAN, limit * 4)) {
    const marks = reading.marks.scan({
      apps,
      ...(run !== undefined && { run }),
      ...(streams && { streams }),
      after,
      before,
      limit,
      forward,
    });
    for (const mark of marks) yield* stepsOf(reading, matcher, request, mark);
    const last = marks.at(-1);
    if (!last || marks.length < limit) return;
    if (forward) after = last.seq;
    else before = last.seq;
  }
}

function* stepsOf(reading: Reading, matcher: Matcher, request: Walk, mark: Mark): Generator<WalkStep> {
  const { after, before, direction } = request;
  const nothing: WalkStep = { mark, lines: [], done: true, gone: false };
  const from = after?.mark === mark.seq ? Math.max(mark.from, after.byte) : mark.from;
  const to = before?.mark === mark.seq ? Math.min(mark.to, before.byte) : mark.to;
  // Its gap is known: a follower must come to it, not past it.
  if (reading.isFreed(mark)) return;
  if (from >= to || !matcher.mayHold(mark)) {
    yield nothing;
    return;
  }
  if (!reading.isThere(mark, direction)) {
    yield { ...nothing, gone: true };
    return;
  }
  const span = { mark, from, to };
  for (const lines of linesOfMark(reading.windows, span, direction, (bytes) => matcher.mayBeIn(bytes))) {
    const found = lines.filter((line) => matcher.matches(line.text));
    const inside = before?.mark === mark.seq ? found.filter((line) => line.end < before.byte) : found;
    // Freed while it was read: what the file gave may be a hole.
    if (reading.isFreed(mark)) return;
    yield { mark, lines: inside, done: false, gone: false };
  }
  yield nothing;
}

/** A query's conditions on marks and lines. Apps, run and streams are left to the store. */
class Matcher {
  private readonly query: LogQuery;
  private readonly needle: Buffer | null;

  constructor(query: LogQuery) {
    this.query = query;
    // U+FFFD may stand for any byte: no search in bytes finds it.
    const { contains } = query;
    this.needle = contains && !contains.includes('\ufffd') ? Buffer.from(contains) : null;
  }

  /** By the mark's time. */
  mayHold({ at }: Mark): boolean {
    const { since, until } = this.query;
    return (since === undefined || at >= since) && (until === undefined || at <= until);
  }

  /** Whether these bytes can hold a line that matches. */
  mayBeIn(bytes: Buffer): boolean {
    return this.needle === null || bytes.includes(this.needle);
  }

  matches(text: string): boolean {
    const { contains } = this.query;
    return !contains || text.includes(contains);
  }
}
