import type { Mark } from '../../contracts/marks.ts';
import { CHUNK, codePointEnd, PIECE } from '../format.ts';
import { factsOf, withFile } from '../spool-file.ts';
import { behindFirstLineEnd, behindLastLineEnd, bytesAt, endsInCutLine, tailAt } from './line-end.ts';

/** What becomes a mark. */
export type Piece = Pick<Mark, 'generation' | 'from' | 'to' | 'tail'>;

/**
 * What is done with a last line that has no line end: it is left for later; closed, because it has not changed for a
 * while; or closed, because no process is left that could go on with it.
 */
export type Closing = 'LATER' | 'STILL' | 'FINAL';

export interface Look {
  readonly pieces: readonly Piece[];
  /** There is something new since the last look. */
  readonly grew: boolean;
  /** There is more to do at once: this look had its share. */
  readonly more: boolean;
}

/** How much of the rest of a line that was cut one look skips, in bytes. */
const SKIP = 4 * 1024 * 1024;
/** How many pieces one look makes. */
const PIECES = 128;
/** What a look finds where nothing is new. */
export const NOTHING: Look = { pieces: [], grew: false, more: false };
const UNSEEN = { size: 0, mtime: -1, tail: new Uint8Array() };

/**
 * One file that an app writes to, looked at from the outside.
 *
 * A truncation shows by a smaller size, or by other bytes before the end that the last look saw (or that the mark
 * kept). The system tells no more: an app that truncates its output and writes the same bytes again to the same place,
 * and at least as far, before the next look, cannot be told from one that did not.
 */
export class Spool {
  readonly path: string;
  /** The newest mark of this stream when it was opened. */
  private readonly last: Mark | null;
  /** Grows each time that the file begins anew. */
  private current: number;
  private end: number;
  private seen: { readonly size: number; readonly mtime: number; readonly tail: Uint8Array };
  /** Whether what follows is the rest of a line that was cut. Null: not known before the file is open. */
  private skipping: boolean | null;
  private unfinished = false;
  private behind = false;

  /** @param last the newest mark of this stream, from which it goes on. */
  constructor(path: string, last: Mark | null) {
    this.path = path;
    this.last = last;
    this.current = last?.generation ?? 0;
    this.end = last?.to ?? 0;
    this.seen = { size: this.end, mtime: -1, tail: last?.tail ?? new Uint8Array() };
    this.skipping = last === null || last.to === last.from ? false : null;
  }

  get generation(): number {
    return this.current;
  }

  /** Where the marked bytes end, or the skipped ones, where the rest of a line that was cut goes on. */
  get marked(): number {
    return this.end;
  }

  /** At the last look, in bytes. */
  get size(): number {
    return this.seen.size;
  }

  /** The last line has no line end yet, and is not the rest of a line that was cut: `STILL` closes it. */
  get hasFragment(): boolean {
    return this.unfinished;
  }

  /** When the file was last changed, in milliseconds since the epoch; null where there is no file. */
  changedAt(): number | null {
    return factsOf(this.path)?.mtime ?? null;
  }

  /** Takes some hundred microseconds at most. Never throws. */
  look(closing: Closing): Look {
    const facts = factsOf(this.path);
    if (!facts) return NOTHING;
    const same = facts.size === this.seen.size && facts.mtime === this.seen.mtime;
    if (same && !this.behind && (closing === 'LATER' || this.end === facts.size)) return NOTHING;
    const how = closing === 'STILL' && !same ? 'LATER' : closing;
    const before = this.seen.size;
    const result = withFile(this.path, (fd) => this.lookInto(fd, facts.size, facts.mtime, how));
    if (!result) return NOTHING;
    this.behind = result.more;
    return { ...result, grew: facts.size !== before || result.pieces.length > 0 };
  }

  /** The control plane itself has truncated the file: a new generation begins, without a gap. */
  restarted(): void {
    this.beginAnew();
    this.unfinished = false;
    this.behind = false;
  }

  private beginAnew(): void {
    this.current++;
    this.end = 0;
    this.skipping = false;
    this.seen = UNSEEN;
  }

  private lookInto(fd: number, size: number, mtime: number, closing: Closing): Look {
    const pieces: Piece[] = [];
    if (!this.isTheSame(fd, size)) {
      this.beginAnew();
      pieces.push({ generation: this.current, from: 0, to: 0, tail: new Uint8Array() });
    }
    // The first look after a restart: the mark says where it ended, its bytes say how.
    if (this.skipping === null && this.last) this.skipping = endsInCutLine(fd, this.last.from, this.last.to);
    const { more, changed } = this.takePieces(fd, size, closing, pieces);
    const tail = tailAt(fd, size);
    // Truncated while we read: what is seen stays as it was, and the next look finds the difference.
    if (changed || !tail) return { pieces, grew: true, more: true };
    this.seen = { size, mtime, tail };
    // A piece of a code point that `STILL` left is no reason to come back before there is more.
    this.unfinished = this.end < size && !this.skipping && closing === 'LATER';
    return { pieces, grew: true, more };
  }

  private isTheSame(fd: number, size: number): boolean {
    const { seen } = this;
    if (size < seen.size) return false;
    if (seen.tail.length === 0) return true;
    const there = bytesAt(fd, seen.size - seen.tail.length, seen.size);
    return there?.equals(seen.tail) ?? false;
  }

  /** @returns `changed`: the file no longer has what it had. */
  private takePieces(
    fd: number,
    size: number,
    closing: Closing,
    pieces: Piece[],
  ): { readonly more: boolean; readonly changed: boolean } {
    let more = false;
    while (this.end < size && !more) {
      if (this.skipping) {
        const skipped = behindFirstLineEnd(fd, this.end, Math.min(size, this.end + SKIP));
        if (!skipped) return { more, changed: true };
        this.end = skipped.end;
        this.skipping = !skipped.found;
        more = this.skipping && this.end < size;
        continue;
      }
      const from = this.end;
      const piece = this.nextPiece(fd, size, closing);
      if (piece === undefined) break;
      const tail = piece && tailAt(fd, piece.to);
      if (!piece || !tail) return { more, changed: true };
      this.end = piece.to;
      pieces.push({ generation: this.current, from, to: this.end, tail });
      more = pieces.length >= PIECES && this.end < size;
    }
    return { more, changed: false };
  }

  /** One piece up to `size`; undefined where there is none (yet), null where the file changed meanwhile. */
  private nextPiece(fd: number, size: number, closing: Closing): { to: number } | undefined | null {
    const marked = this.end;
    const target = Math.min(size, marked + PIECE);
    const lineEnd = behindLastLineEnd(fd, marked, target);
    if (lineEnd === null) return null;
    if (lineEnd > marked) return { to: lineEnd };
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
    this.skipping = endsInCutLine(fd, marked, to);
    return { to };
  }
}
