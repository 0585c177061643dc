import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '../../contracts/clock.ts';
import { RUN_FILES } from '../../core/run.ts';
import type { Pulse } from './pulse.ts';

/**
 * Says when a run's files should be looked at. Quiet files are watched (inotify); in a burst the watch is
 * closed, for an event on every write costs several times the look, and the pulse says when.
 */
export interface Watch {
  /** What the look that it asked for has found. */
  looked(grew: boolean): void;
  close(): void;
}

export interface WatchOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly pulse: Pulse;
  readonly wake: () => void;
}

/** So many wakes within so many milliseconds are a burst. */
const BURST_WAKES = 16;
const BURST_MS = 50;
/** So many looks in vain end it. */
const EMPTY_LOOKS = 3;
/** Where nothing can be watched (the system's limit is reached, say): how often to look, and to try again. */
const POLL_MS = 250;
const RETRY_POLLS = 20;
const WATCHED: ReadonlySet<string> = new Set([RUN_FILES.STDOUT, RUN_FILES.STDERR]);

export function createWatch({ directory, clock, pulse, wake }: WatchOptions): Watch {
  let watcher: FSWatcher | null = null;
  let pulsing = false;
  let cancelPoll: (() => void) | null = null;
  let closed = false;
  let windowStart = 0;
  let wakes = 0;
  let empty = 0;

  function stopWatching(): void {
    watcher?.removeAllListeners();
    // A watcher that fails while it closes must not end the process.
    watcher?.on('error', () => {});
    watcher?.close();
    watcher = null;
  }

  function startWatching(): boolean {
    try {
      watcher = watch(directory, (_event, name) => {
        if (name === null || WATCHED.has(name)) wake();
      });
      watcher.on('error', () => {
        stopWatching();
        poll(0);
      });
      return true;
    } catch {
      watcher = null;
      return false;
    }
  }

  function poll(count: number): void {
    if (closed) return;
    cancelPoll?.();
    cancelPoll = clock.after(POLL_MS, () => {
      cancelPoll = null;
      if (count < RETRY_POLLS || !startWatching()) poll(count < RETRY_POLLS ? count + 1 : 0);
      wake();
    });
  }

  function quiet(): void {
    if (!startWatching()) poll(0);
    // For what was written before the watch was there.
    wake();
  }

  function burst(): void {
    stopWatching();
    pulsing = true;
    empty = 0;
    pulse.add(wake);
  }

  quiet();
  return {
    looked(grew) {
      if (closed) return;
      if (pulsing) {
        empty = grew ? 0 : empty + 1;
        if (empty < EMPTY_LOOKS) return;
        pulsing = false;
        pulse.delete(wake);
        quiet();
      } else if (watcher && grew) {
        const now = clock.monotonic();
        if (now - windowStart > BURST_MS) {
          windowStart = now;
          wakes = 0;
        }
        if (++wakes >= BURST_WAKES) burst();
      }
    },
    close() {
      closed = true;
      stopWatching();
      cancelPoll?.();
      pulse.delete(wake);
    },
  };
}
