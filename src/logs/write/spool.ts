import type { Mark } from '../../contracts/marks.ts';
import { codePointEnd } from '../bytes.ts';
import { CHUNK, PIECE } from '../format.ts';
import { factsOf, withFile } from '../spool-file.ts';
import { behindFirstLineEnd, behindLastLineEnd, bytesAt, endsInCutLine, tailAt } from './line-end.ts';

/** What becomes a mark. */
export type Piece = Pick<Mark, 'generation' | 'from' | 'to' | 'tail'>;

/**
 * What is done with a last line that has no end: it is left for later, closed because it has been still, or
 * closed because nobody is left who could go on with it.
 */
export type Closing = 'LATER' | 'STILL' | 'FINAL';

export interface Look {
  readonly pieces: readonly Piece[];
  /** There is something new since the last look. */
  readonly grew: boolean;
  /** There is more to do at once: this look had its share. */
  readonly more: boolean;
}

/** One file that an app writes to, looked at from the outside. */
export interface Spool {
  readonly path: string;
  readonly generation: number;
  /** Behind what was marked (or skipped, where a cut line's rest goes on). */
  readonly marked: number;
  /** The size at the last look. */
  readonly size: number;
  /** The last line has no end yet and is nobody's rest: if it stays so, `STILL` closes it. */
  readonly hasFragment: boolean;
  /** When it was last changed, in milliseconds since the epoch; null where there is no file. */
  changedAt(): number | null;
  /** Looks, in some hundred microseconds at most; never throws. */
  look(closing: Closing): Look;
  /** The file was truncated by the control plane itself: a new generation begins, and no gap. */
  restarted(): void;
}

/** How much of a cut line's rest one look skips. */
const SKIP = 4 * 1024 * 1024;
/** How many pieces one look makes. */
const PIECES = 128;
/** What a look finds where nothing is new. */
export const NOTHING: Look = { pieces: [], grew: false, more: false };

/**
 * @param last the newest mark of this stream, from which it goes on.
 *
 * A truncation shows by a smaller size, or by other bytes before the end that the last look saw (or that the
 * mark kept). Nothing in the system tells more: an app that truncates its output and writes the same bytes
 * again to the same place, and at least as far, before anyone looks, cannot be told from one that did not.
 */
export function createSpool(path: string, last: Mark | null): Spool {
  let generation = last?.generation ?? 0;
  let marked = last?.to ?? 0;
  let seen = { size: marked, mtime: -1, tail: last?.tail ?? new Uint8Array() };
  // Null: not known before the file is open.
  let skipping: boolean | null = last === null || last.to === last.from ? false : null;
  let unfinished = false;
  let behind = false;

  function isTheSame(fd: number, size: number): boolean {
    if (size < seen.size) return false;
    if (seen.tail.length === 0) return true;
    const there = bytesAt(fd, seen.size - seen.tail.length, seen.size);
    return there?.equals(seen.tail) ?? false;
  }

  /** One piece up to `size`; undefined where there is none (yet), null where the file changed meanwhile. */
  function nextPiece(fd: number, size: number, closing: Closing): { to: number } | undefined | null {
    const target = Math.min(size, marked + PIECE);
    const behind = behindLastLineEnd(fd, marked, target);
    if (behind === null) return null;
    if (behind > marked) return { to: behind };
    const atEnd = target === size;
    if (target - marked < CHUNK && !(atEnd && closing !== 'LATER')) return undefined;
    let to = target;
    if (closing !== 'FINAL' || !atEnd) {
      const start = Math.max(marked, target - 4);
      const bytes = bytesAt(fd, start, target);
      if (!bytes) return null;
      to = start + codePointEnd(bytes, bytes.length);
    }
    if (to === marked) return undefined;
    skipping = endsInCutLine(fd, marked, to);
    return { to };
  }

  function look(fd: number, size: number, mtime: number, closing: Closing): Look {
    const pieces: Piece[] = [];
    if (!isTheSame(fd, size)) {
      generation++;
      marked = 0;
      skipping = false;
      seen = { size: 0, mtime: -1, tail: new Uint8Array() };
      pieces.push({ generation, from: 0, to: 0, tail: new Uint8Array() });
    }
    // The first look after a restart: the mark says where it ended, its bytes say how.
    if (skipping === null && last) skipping = endsInCutLine(fd, last.from, last.to);
    let more = false;
    let changed = false;
    while (marked < size && !more) {
      if (skipping) {
        const skipped = behindFirstLineEnd(fd, marked, Math.min(size, marked + SKIP));
        if (!skipped) {
          changed = true;
          break;
        }
        marked = skipped.end;
        skipping = !skipped.found;
        more = skipping && marked < size;
        continue;
      }
      const from = marked;
      const piece = nextPiece(fd, size, closing);
      const tail = piece && tailAt(fd, piece.to);
      if (piece === undefined) break;
      if (!piece || !tail) {
        changed = true;
        break;
      }
      marked = piece.to;
      pieces.push({ generation, from, to: marked, tail });
      more = pieces.length >= PIECES && marked < size;
    }
    const tail = tailAt(fd, size);
    // Truncated while we read: what is seen stays as it was, and the next look finds the difference.
    if (changed || !tail) return { pieces, grew: true, more: true };
    seen = { size, mtime, tail };
    // What a still look left is a piece of a code point: no reason to come back before there is more.
    unfinished = marked < size && !skipping && closing === 'LATER';
    return { pieces, grew: true, more };
  }

  return {
    path,
    get generation() {
      return generation;
    },
    get marked() {
      return marked;
    },
    get size() {
      return seen.size;
    },
    get hasFragment() {
      return unfinished;
    },
    changedAt: () => factsOf(path)?.mtime ?? null,
    look(closing) {
      const facts = factsOf(path);
      if (!facts) return NOTHING;
      const same = facts.size === seen.size && facts.mtime === seen.mtime;
      if (same && !behind && (closing === 'LATER' || marked === facts.size)) return NOTHING;
      const how = closing === 'STILL' && !same ? 'LATER' : closing;
      const before = seen.size;
      const result = withFile(path, (fd) => look(fd, facts.size, facts.mtime, how));
      if (!result) return NOTHING;
      behind = result.more;
      return { ...result, grew: facts.size !== before || result.pieces.length > 0 };
    },
    restarted() {
      generation++;
      marked = 0;
      skipping = false;
      unfinished = false;
      behind = false;
      seen = { size: 0, mtime: -1, tail: new Uint8Array() };
    },
  };
}
