import type { LogStream } from '../core/run.ts';

// How logs lie on the disk: what a line is, what a mark keeps of it, and whose the files are.

export const STREAMS: readonly LogStream[] = ['STDOUT', 'STDERR', 'SUPERVISOR'];

/** The most that is read from a spool at once, and the farthest that a line end is searched backwards. In bytes. */
export const CHUNK = 64 * 1024;

/** A line's text ends here, in bytes; its rest is skipped. */
export const LINE_LIMIT = 16 * 1024;

/** How many bytes before its end a mark keeps. */
export const TAIL = 32;

/** The most bytes of one mark: what was printed while no server ran is marked in pieces that retention can free. */
export const PIECE = 1024 * 1024;

/** Spools hold what apps print, which may be secret: only the user of the control plane may read them. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;

export const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Where the last whole code point before `end` ends: at most three bytes earlier. */
export function codePointEnd(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back] ?? 0;
    if (byte < 0x80) return end;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? end - back : end;
  }
  return end;
}

/** Where a line's text ends: before the `\r` and spaces that close it. */
export function textEnd(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && (bytes[last - 1] === CARRIAGE_RETURN || bytes[last - 1] === SPACE)) last--;
  return last;
}

/** Whether the text of the line in these bytes is longer than a line may be. */
export function isOverLong(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > LINE_LIMIT && textEnd(bytes, start, end) - start > LINE_LIMIT;
}
