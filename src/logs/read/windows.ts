import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Mark } from '../../contracts/marks.ts';
import { RUN_FILES, type RunId } from '../../core/run.ts';
import { CHUNK } from '../format.ts';
import { openForReading, readAt } from '../spool-file.ts';

export type Direction = 'FORWARD' | 'BACKWARD';

/** The part of a file that was read last. */
interface Window {
  readonly fd: number;
  readonly buffer: Buffer;
  start: number;
  end: number;
}

/** In bytes; it doubles with each read, up to a chunk. */
const FIRST_REACH = 16 * 1024;
const MOST_FILES = 16;
/** Buffers for the next answers: making one costs more than reading a page. */
const spare: Buffer[] = [];

/** Reads spools for one answer. It keeps a window of each file, so that marks of one line each do not cost a read each. */
export class Windows {
  private readonly directoryOf: (run: RunId) => string;
  private readonly windows = new Map<string, Window>();
  private readonly missing = new Set<string>();
  private reach = FIRST_REACH;
  private bytesRead = 0;

  constructor(directoryOf: (run: RunId) => string) {
    this.directoryOf = directoryOf;
  }

  /** How many bytes were read from files so far. */
  get read(): number {
    return this.bytesRead;
  }

  /**
   * Bytes from..to (64 KiB at most) of the mark's file; null where the file does not have them. The direction says on
   * which side the next ones follow. Valid until the next call for the same file.
   */
  bytes(mark: Mark, from: number, to: number, direction: Direction): Buffer | null {
    const window = this.windowOf(mark);
    if (!window) return null;
    if (from < window.start || to > window.end) {
      const length = Math.max(to - from, this.reach);
      window.start = direction === 'FORWARD' ? from : Math.max(0, to - length);
      const needed = direction === 'FORWARD' ? length : to - window.start;
      const got = readAt(window.fd, window.buffer.subarray(0, needed), window.start);
      window.end = window.start + got;
      this.bytesRead += got;
      this.reach = Math.min(CHUNK, this.reach * 2);
    }
    return to <= window.end ? window.buffer.subarray(from - window.start, to - window.start) : null;
  }

  /** The mark's last bytes, `length` of them. Reads the whole mark where it has 64 KiB at most. */
  end(mark: Mark, length: number, direction: Direction): Buffer | null {
    if (mark.to - mark.from <= CHUNK) {
      const whole = this.bytes(mark, mark.from, mark.to, direction);
      return whole?.subarray(whole.length - length) ?? null;
    }
    const window = this.windowOf(mark);
    const few = Buffer.allocUnsafe(length);
    return window && readAt(window.fd, few, mark.to - length) === length ? few : null;
  }

  close(): void {
    for (const window of this.windows.values()) release(window);
    this.windows.clear();
  }

  private windowOf(mark: Mark): Window | null {
    const key = `${mark.run}/${mark.stream}/${mark.generation}`;
    const known = this.windows.get(key);
    if (known) return known;
    if (this.missing.has(key)) return null;
    const fd = openForReading(join(this.directoryOf(mark.run), RUN_FILES[mark.stream]));
    if (fd === null) {
      this.missing.add(key);
      return null;
    }
    const [oldest] = this.windows;
    if (oldest && this.windows.size >= MOST_FILES) {
      this.windows.delete(oldest[0]);
      release(oldest[1]);
    }
    const window = { fd, buffer: spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK), start: 0, end: 0 };
    this.windows.set(key, window);
    return window;
  }
}

function release(window: Window): void {
  closeSync(window.fd);
  if (spare.length < MOST_FILES) spare.push(window.buffer);
}
