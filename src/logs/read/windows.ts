import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Mark } from '../../contracts/marks.ts';
import { RUN_FILES, type RunId } from '../../core/run.ts';
import { CHUNK } from '../format.ts';
import { openForReading, readAt } from '../spool-file.ts';

export type Direction = 'FORWARD' | 'BACKWARD';

/** Reads spools for one answer: a window of each file is kept, so that marks of a line each cost no read each. */
export interface Windows {
  /**
   * Bytes from..to (64 KiB at most) of the mark's file; null where the file does not have them. The
   * direction says on which side the next ones will be wanted. Valid until the next call for the same file.
   */
  bytes(mark: Mark, from: number, to: number, direction: Direction): Buffer | null;
  /** The mark's last bytes, `length` of them; for a mark of 64 KiB at most that brings the whole mark in. */
  end(mark: Mark, length: number, direction: Direction): Buffer | null;
  /** How many bytes were read from files so far. */
  readonly read: number;
  close(): void;
}

interface Window {
  readonly fd: number;
  readonly buffer: Buffer;
  start: number;
  end: number;
}

const FIRST_REACH = 16 * 1024;
const MOST_FILES = 16;
/** Buffers for the next answers: making one costs more than reading a page. */
const spare: Buffer[] = [];

export function createWindows(directoryOf: (run: RunId) => string): Windows {
  const windows = new Map<string, Window>();
  const missing = new Set<string>();
  let reach = FIRST_REACH;
  let read = 0;

  function release(window: Window): void {
    closeSync(window.fd);
    if (spare.length < MOST_FILES) spare.push(window.buffer);
  }

  function windowOf(mark: Mark): Window | null {
    const key = `${mark.run}/${mark.stream}/${mark.generation}`;
    const known = windows.get(key);
    if (known) return known;
    if (missing.has(key)) return null;
    const fd = openForReading(join(directoryOf(mark.run), RUN_FILES[mark.stream]));
    if (fd === null) {
      missing.add(key);
      return null;
    }
    const [oldest] = windows;
    if (oldest && windows.size >= MOST_FILES) {
      windows.delete(oldest[0]);
      release(oldest[1]);
    }
    const window = { fd, buffer: spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK), start: 0, end: 0 };
    windows.set(key, window);
    return window;
  }

  function bytes(mark: Mark, from: number, to: number, direction: Direction): Buffer | null {
    const window = windowOf(mark);
    if (!window) return null;
    if (from < window.start || to > window.end) {
      const length = Math.max(to - from, reach);
      window.start = direction === 'FORWARD' ? from : Math.max(0, to - length);
      const wanted = direction === 'FORWARD' ? length : to - window.start;
      const got = readAt(window.fd, window.buffer.subarray(0, wanted), window.start);
      window.end = window.start + got;
      read += got;
      reach = Math.min(CHUNK, reach * 2);
    }
    return to <= window.end ? window.buffer.subarray(from - window.start, to - window.start) : null;
  }

  return {
    bytes,
    end(mark, length, direction) {
      if (mark.to - mark.from <= CHUNK) {
        const whole = bytes(mark, mark.from, mark.to, direction);
        return whole?.subarray(whole.length - length) ?? null;
      }
      const window = windowOf(mark);
      const few = Buffer.allocUnsafe(length);
      return window && readAt(window.fd, few, mark.to - length) === length ? few : null;
    },
    get read() {
      return read;
    },
    close() {
      for (const window of windows.values()) release(window);
      windows.clear();
    },
  };
}
