import type { Mark } from '../../contracts/marks.ts';
import { LINE_FEED } from '../bytes.ts';
import { CHUNK, LINE_LIMIT } from '../format.ts';
import { type Line, linesOf, longLine } from './lines.ts';
import type { Direction, Windows } from './windows.ts';

/** A few bytes more than a line may have, to see that it has more. */
const HEAD = LINE_LIMIT + 4;

/** Who reads backwards wants a few lines more often than many: steps begin small and grow. */
const FIRST_STEP = 4 * 1024;

/**
 * The lines of a mark that lie in from..to, 64 KiB of it a step at most, from either end; each step's own lines are
 * in order, oldest first. Both bounds are ends of lines, or the mark's own.
 * @param wanted says of bytes whether a line in them may be wanted; where not, they are not taken apart.
 */
export function linesOfMark(
  windows: Windows,
  mark: Mark,
  from: number,
  to: number,
  direction: Direction,
  wanted: (bytes: Buffer) => boolean,
): Generator<readonly Line[]> {
  return direction === 'FORWARD'
    ? forward(windows, mark, from, to, wanted)
    : backward(windows, mark, from, to, wanted);
}

function* forward(
  windows: Windows,
  mark: Mark,
  from: number,
  to: number,
  wanted: (bytes: Buffer) => boolean,
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
      yield wanted(lines) ? linesOf(lines, start) : [];
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
    yield wanted(head) ? [longLine(head, start, end)] : [];
    start = end;
  }
}

function* backward(
  windows: Windows,
  mark: Mark,
  from: number,
  to: number,
  wanted: (bytes: Buffer) => boolean,
): Generator<readonly Line[]> {
  let end = to;
  for (let step = FIRST_STEP; end > from; step = Math.min(CHUNK, step * 4)) {
    const start = Math.max(from, end - step);
    const bytes = windows.bytes(mark, start, end, 'BACKWARD');
    if (!bytes) return;
    // The first line in it begins further back, unless this is where the mark begins. The last byte is a
    // line's own end, so it tells nothing of where one begins.
    const whole = start === from ? 0 : bytes.subarray(0, -1).indexOf(LINE_FEED) + 1;
    if (start === from || whole > 0) {
      const lines = bytes.subarray(whole);
      yield wanted(lines) ? linesOf(lines, start + whole) : [];
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
    if (!wanted(head)) yield [];
    else yield fits ? linesOf(head, begin) : [longLine(head, begin, end)];
    end = begin;
  }
}
