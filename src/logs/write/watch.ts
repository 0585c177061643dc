import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '../../contracts/clock.ts';
import { RUN_FILES } from '../../core/run.ts';
import type { Pulse } from './schedule.ts';

export interface WatchOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly pulse: Pulse;
  /** The run's files should be looked at. */
  readonly wake: () => void;
}

/** So many wakes within so many milliseconds are a burst. */
const BURST_WAKES = 16;
const BURST_MS = 50;
/** So many looks that find nothing end it. */
const EMPTY_LOOKS = 3;
/**
 * Where the directory cannot be watched (for example, the system's limit is reached): how often to look, in
 * milliseconds, and after how many looks to try again.
 */
const POLL_MS = 250;
const RETRY_POLLS = 20;
const WATCHED: ReadonlySet<string> = new Set([RUN_FILES.STDOUT, RUN_FILES.STDERR]);

/**
 * Says when a run's files should be looked at. Quiet files are watched (inotify). In a burst the watch is closed and the
 * pulse takes over: an event for every write costs several times as much as the look.
 */
export class Watch {
  private readonly options: WatchOptions;
  private watcher: FSWatcher | null = null;
  private pulsing = false;
  private cancelPoll: (() => void) | null = null;
  private closed = false;
  private windowStart = 0;
  private wakes = 0;
  private empty = 0;

  constructor(options: WatchOptions) {
    this.options = options;
    this.beQuiet();
  }

  /** The files were looked at after a wake. */
  looked(grew: boolean): void {
    if (this.closed) return;
    const { clock, pulse, wake } = this.options;
    if (this.pulsing) {
      this.empty = grew ? 0 : this.empty + 1;
      if (this.empty < EMPTY_LOOKS) return;
      this.pulsing = false;
      pulse.delete(wake);
      this.beQuiet();
    } else if (this.watcher && grew) {
      const now = clock.monotonic();
      if (now - this.windowStart > BURST_MS) {
        this.windowStart = now;
        this.wakes = 0;
      }
      if (++this.wakes >= BURST_WAKES) this.beginBurst();
    }
  }

  close(): void {
    this.closed = true;
    this.stopWatching();
    this.cancelPoll?.();
    this.options.pulse.delete(this.options.wake);
  }

  private beQuiet(): void {
    if (!this.startWatching()) this.poll(0);
    // For what was written before the watch was there.
    this.options.wake();
  }

  private beginBurst(): void {
    this.stopWatching();
    this.pulsing = true;
    this.empty = 0;
    this.options.pulse.add(this.options.wake);
  }

  private startWatching(): boolean {
    const { directory, wake } = this.options;
    try {
      this.watcher = watch(directory, (_event, name) => {
        if (name === null || WATCHED.has(name)) wake();
      });
      this.watcher.on('error', () => {
        this.stopWatching();
        this.poll(0);
      });
      return true;
    } catch {
      this.watcher = null;
      return false;
    }
  }

  private stopWatching(): void {
    this.watcher?.removeAllListeners();
    // A watcher that fails while it closes must not end the process.
    this.watcher?.on('error', () => {});
    this.watcher?.close();
    this.watcher = null;
  }

  private poll(count: number): void {
    if (this.closed) return;
    const { clock, wake } = this.options;
    this.cancelPoll?.();
    this.cancelPoll = clock.after(POLL_MS, () => {
      this.cancelPoll = null;
      if (count < RETRY_POLLS || !this.startWatching()) this.poll(count < RETRY_POLLS ? count + 1 : 0);
      wake();
    });
  }
}
