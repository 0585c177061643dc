import { isAscii } from 'node:buffer';
import { codePointEnd, LINE_FEED, LINE_LIMIT, textEnd } from '../format.ts';

/** A line of a spool that has text; `from` and `end` are bytes of the file, the line end included. */
export interface Line {
  readonly from: number;
  readonly end: number;
  readonly text: string;
  readonly truncated: boolean;
}

/**
 * The lines in bytes that hold whole lines; the last one may have no line end. Lines without text are
 * left out. A bad byte becomes U+FFFD; a text over 16 KiB is cut, never within a code point.
 * @param base where in the file the bytes begin.
 */
export function linesOf(bytes: Buffer, base: number): Line[] {
  return isAscii(bytes) ? asciiLines(bytes, base) : anyLines(bytes, base);
}

/** One line, of which only the first bytes are at hand. */
export function longLine(head: Buffer, from: number, end: number): Line {
  return { from, end, text: head.toString('utf8', 0, codePointEnd(head, LINE_LIMIT)), truncated: true };
}

/** One decoding for all of them: characters are bytes here. Most of what apps print takes this way. */
function asciiLines(bytes: Buffer, base: number): Line[] {
  const all = bytes.toString('latin1');
  const lines: Line[] = [];
  for (let start = 0; start < all.length; ) {
    const feed = all.indexOf('\n', start);
    const stop = feed === -1 ? all.length : feed;
    const end = feed === -1 ? stop : stop + 1;
    const last = textEnd(bytes, start, stop);
    if (last > start) {
      const truncated = last - start > LINE_LIMIT;
      const text = all.slice(start, truncated ? start + LINE_LIMIT : last);
      lines.push({ from: base + start, end: base + end, text, truncated });
    }
    start = end;
  }
  return lines;
}

function anyLines(bytes: Buffer, base: number): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const stop = feed === -1 ? bytes.length : feed;
    const end = feed === -1 ? stop : stop + 1;
    const last = textEnd(bytes, start, stop);
    if (last > start) {
      const truncated = last - start > LINE_LIMIT;
      const text = bytes.toString('utf8', start, truncated ? codePointEnd(bytes, start + LINE_LIMIT) : last);
      lines.push({ from: base + start, end: base + end, text, truncated });
    }
    start = end;
  }
  return lines;
}
