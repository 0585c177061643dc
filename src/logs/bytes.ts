import { LINE_LIMIT } from './format.ts';

export const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Where the bytes before `end` stop being whole code points: at most three bytes earlier. */
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
