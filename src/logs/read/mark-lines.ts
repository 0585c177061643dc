import type { Mark } from '../../contracts/marks.ts';
import { CHUNK, LINE_FEED, LINE_LIMIT } from '../format.ts';
import { type Line, linesOf, longLine } from './lines.ts';
import type { Direction, Windows } from './windows.ts';

/** A part of a mark. Both bounds are ends of lines, or the mark's own. */
export interface Span {
  readonly mark: Mark;
  readonly from: number;
  readonly to: number;
}

/** Whether a line in these bytes may match. Where none does, they are not taken apart. */
type MayMatch = (bytes: Buffer) => boolean;

/** A few bytes more than a line may have, to see that it has more. */
const HEAD = LINE_LIMIT + 4;

/** Backwards, a few lines are needed more often than many: steps begin small and grow. */
const FIRST_STEP = 4 * 1024;

/** The lines of a span from either end, at most 64 KiB a step. The lines of a step are in order, oldest first. */
export function linesOfMark(
  windows: Windows,
  span: Span,
  direction: Direction,
  mayMatch: MayMatch,
): Generator<readonly Line[]> {
  return direction === 'FORWARD' ? forward(windows, span, mayMatch) : backward(windows, span, mayMatch);
}

function* forward(
  windows: Windows,
  { mark, from, to }: Span,
  mayMatch: MayMatch,
): Generator<readonly Line[]> {
  let start = from;
  while (start < to) {
    const stop = Math.min(to, start + CHUNK);
    const bytes = windows.bytes(mark, start, stop, 'FORWARD');
    if (!bytes) return;
    // The mark's end is the end of a line, whatever its last byte is.
    const whole = stop === to ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1;
    if (whole > 0) {
      const lines = bytes.subarray(0, whole);
      yield mayMatch(lines) ? linesOf(lines, start) : [];
      start += whole;
      continue;
    }
    const head = Buffer.from(bytes.subarray(0, HEAD));
    let end = stop;
    for (let found = false; end < to && !found; ) {
      const next = windows.bytes(mark, end, Math.min(to, end + CHUNK), 'FORWARD');
      if (!next) return;
      const feed = next.indexOf(LINE_FEED);
      found = feed !== -1;
      end += found ? feed + 1 : next.length;
      if (!found) yield [];
    }
    yield mayMatch(head) ? [longLine(head, start, end)] : [];
    start = end;
  }
}

function* backward(
  windows: Windows,
  { mark, from, to }: Span,
  mayMatch: MayMatch,
): Generator<readonly Line[]> {
  let end = to;
  for (let step = FIRST_STEP; end > from; step = Math.min(CHUNK, step * 4)) {
    const start = Math.max(from, end - step);
    const bytes = windows.bytes(mark, start, end, 'BACKWARD');
    if (!bytes) return;
    // The first line in it begins further back, unless the span begins here. The last byte is a line's own end, so it
    // does not show where a line begins.
    const whole = start === from ? 0 : bytes.subarray(0, -1).indexOf(LINE_FEED) + 1;
    if (start === from || whole > 0) {
      const lines = bytes.subarray(whole);
      yield mayMatch(lines) ? linesOf(lines, start + whole) : [];
      end = start + whole;
      continue;
    }
    let begin = start;
    for (let found = false; begin > from && !found; ) {
      const before = Math.max(from, begin - CHUNK);
      const next = windows.bytes(mark, before, begin, 'BACKWARD');
      if (!next) return;
      const feed = next.lastIndexOf(LINE_FEED);
      found = feed !== -1;
      begin = found ? before + feed + 1 : before;
      if (!found) yield [];
    }
    const fits = end - begin <= CHUNK;
    const head = windows.bytes(mark, begin, fits ? end : begin + HEAD, 'BACKWARD');
    if (!head) return;
    if (!mayMatch(head)) yield [];
    else yield fits ? linesOf(head, begin) : [longLine(head, begin, end)];
    end = begin;
  }
}
