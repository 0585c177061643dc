import { CHUNK, isOverLong, LINE_FEED, TAIL } from '../format.ts';
import { readAt } from '../spool-file.ts';

const NEAR = 4 * 1024;
// All of this is synchronous and none of it calls out, so one buffer serves every spool.
const scratch = Buffer.allocUnsafeSlow(CHUNK);

/** Bytes from..to of the file, or null where it no longer has them. Valid until the next call of anything here. */
export function bytesAt(fd: number, from: number, to: number): Buffer | null {
  const view = scratch.subarray(0, to - from);
  return readAt(fd, view, from) === to - from ? view : null;
}

/** The last bytes before `to`, at most 32; null where the file no longer reaches there. */
export function tailAt(fd: number, to: number): Buffer | null {
  const bytes = bytesAt(fd, Math.max(0, to - TAIL), to);
  return bytes && Buffer.from(bytes);
}

/**
 * Behind the last line end in from..to, of which at most the last 64 KiB are searched; `from` where
 * there is none. Null where the file no longer has these bytes.
 */
export function behindLastLineEnd(fd: number, from: number, to: number): number | null {
  let end = to;
  for (const reach of [NEAR, CHUNK]) {
    const start = Math.max(from, to - reach);
    if (start >= end) continue;
    const bytes = bytesAt(fd, start, end);
    if (!bytes) return null;
    const feed = bytes.lastIndexOf(LINE_FEED);
    if (feed !== -1) return start + feed + 1;
    end = start;
  }
  return from;
}

/** Behind the first line end in from..to; `to` where there is none; null as above. */
export function behindFirstLineEnd(
  fd: number,
  from: number,
  to: number,
): { end: number; found: boolean } | null {
  for (let start = from; start < to; start += CHUNK) {
    const bytes = bytesAt(fd, start, Math.min(to, start + CHUNK));
    if (!bytes) return null;
    const feed = bytes.indexOf(LINE_FEED);
    if (feed !== -1) return { end: start + feed + 1, found: true };
  }
  return { end: to, found: false };
}

/**
 * Whether these marked bytes end in the middle of a line that was cut, so that the rest of it is to be
 * skipped. It follows from the bytes alone: the next control plane comes to the same answer.
 */
export function endsInCutLine(fd: number, from: number, to: number): boolean {
  const start = Math.max(from, to - CHUNK);
  const bytes = bytesAt(fd, start, to);
  if (!bytes) return false;
  const feed = bytes.lastIndexOf(LINE_FEED);
  if (feed === -1 && to - start === CHUNK) return true;
  return isOverLong(bytes, feed + 1, bytes.length);
}
