import type { LogQuery } from '../../contracts/logs.ts';
import type { Mark, MarkStore } from '../../contracts/marks.ts';
import type { LogPosition } from '../../core/cursor.ts';
import type { LogStream, RunId } from '../../core/run.ts';
import type { Losses } from '../gaps.ts';
import type { Line } from './lines.ts';
import { linesOfMark } from './mark-lines.ts';
import type { Matcher } from './matcher.ts';
import type { Direction, Windows } from './windows.ts';

/** What a walk over marks needs to know of the writing side. */
export interface WalkSources {
  readonly marks: MarkStore;
  readonly losses: Losses;
  /** The present generation of a run's file. */
  generationOf(run: RunId, stream: LogStream): number;
  /** The file is not the one that was marked: the writer is to look at it, at once. */
  suspect(run: RunId): void;
}

export interface Walk {
  readonly query: LogQuery;
  readonly matcher: Matcher;
  /** Exclusive bounds. */
  readonly after: LogPosition | null;
  readonly before: LogPosition | null;
  readonly direction: Direction;
  /** How many lines are wanted, about. */
  readonly limit: number;
}

/** A piece of the walk. */
export interface Step {
  readonly mark: Mark;
  /** Whose text matches; in their order, oldest first. */
  readonly lines: readonly Line[];
  /** Nothing more comes of this mark. */
  readonly done: boolean;
  /** Its bytes are gone, and not by retention: the app truncated its file, or somebody took it away. */
  readonly gone: boolean;
}

/** Marks of the same second need not be in the order of their times, in milliseconds. */
const TIME_SLACK = 2_000;
/** Of a busy app, whose marks the first scan is meant for; a quiet one has a mark for each line, and scans grow. */
const LINES_A_MARK = 64;
const FIRST_SCAN = 4;
const MOST_SCAN = 512;

/** Goes over the marks between two positions and the lines in them, a step of 64 KiB at most at a time. */
export function* walk(sources: WalkSources, windows: Windows, request: Walk): Generator<Step> {
  const { query, direction } = request;
  const forward = direction === 'FORWARD';
  let after = request.after ? request.after.mark - 1 : 0;
  let before = request.before ? request.before.mark + 1 : null;
  if (query.since !== undefined) {
    const first = sources.marks.firstSince(query.apps, query.since);
    if (first === null) return;
    after = Math.max(after, first - 1);
  }
  if (query.until !== undefined) {
    const first = sources.marks.firstSince(query.apps, query.until + TIME_SLACK);
    if (first !== null) before = Math.min(before ?? first, first);
  }
  // No app's lines at all: a list that is empty is not the same as none.
  if (query.apps?.length === 0) return;
  const { apps, run, streams } = query;
  const first = Math.min(MOST_SCAN, Math.max(FIRST_SCAN, Math.ceil(request.limit / LINES_A_MARK)));
  for (let limit = first; ; limit = Math.min(MOST_SCAN, limit * 4)) {
    const marks = sources.marks.scan({
      apps,
      ...(run !== undefined && { run }),
      ...(streams && { streams }),
      after,
      before,
      limit,
      forward,
    });
    for (const mark of marks) yield* stepsOf(sources, windows, request, mark);
    const last = marks.at(-1);
    if (!last || marks.length < limit) return;
    if (forward) after = last.seq;
    else before = last.seq;
  }
}

function* stepsOf(sources: WalkSources, windows: Windows, request: Walk, mark: Mark): Generator<Step> {
  const { after, before, direction, matcher } = request;
  const nothing: Step = { mark, lines: [], done: true, gone: false };
  const from = after?.mark === mark.seq ? Math.max(mark.from, after.byte) : mark.from;
  const to = before?.mark === mark.seq ? Math.min(mark.to, before.byte) : mark.to;
  // The place of its loss is known: a follower must come to it, not past it.
  if (isLost(sources, mark)) return;
  if (from >= to || !matcher.mark(mark)) {
    yield nothing;
    return;
  }
  if (!isThere(sources, windows, mark, direction)) {
    yield { ...nothing, gone: true };
    return;
  }
  for (const lines of linesOfMark(windows, mark, from, to, direction, matcher.bytes)) {
    const found = lines.filter((line) => matcher.text(line.text));
    const inside = before?.mark === mark.seq ? found.filter((line) => line.end < before.byte) : found;
    // Freed while it was read: what the file gave may be a hole.
    if (isLost(sources, mark)) return;
    yield { mark, lines: inside, done: false, gone: false };
  }
  yield nothing;
}

function isLost(sources: WalkSources, mark: Mark): boolean {
  return (sources.losses.of(mark.app)?.mark ?? 0) >= mark.seq;
}

/** Whether the file still holds the bytes that were marked. */
function isThere(sources: WalkSources, windows: Windows, mark: Mark, direction: Direction): boolean {
  if (sources.generationOf(mark.run, mark.stream) !== mark.generation) return false;
  // Bytes before the mark may have been freed, so only its own are compared.
  const own = Math.min(mark.tail.length, mark.to - mark.from);
  const there = windows.end(mark, own, direction);
  if (there?.equals(mark.tail.subarray(mark.tail.length - own))) return true;
  sources.suspect(mark.run);
  return false;
}
