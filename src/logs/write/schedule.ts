import type { Clock } from '../../contracts/clock.ts';
import type { Spool } from './spool.ts';

/** How many runs one turn of the event loop looks at: no turn takes more than some milliseconds. */
const SHARE = 64;

/** Runs whose files are to be looked at. Each turn of the event loop takes a share of them, and commits at its end. */
export class LookQueue<T> {
  private readonly look: (item: T) => void;
  private readonly commit: () => void;
  private readonly waiting = new Set<T>();
  private scheduled: NodeJS.Immediate | null = null;

  /** @param commit is called at the end of each turn, also of one that looked at nothing. */
  constructor(look: (item: T) => void, commit: () => void) {
    this.look = look;
    this.commit = commit;
  }

  /** Looks at it in the next turn. */
  add(item: T): void {
    this.waiting.add(item);
    this.schedule();
  }

  /** Commits in the next turn, also where nothing is to be looked at. */
  schedule(): void {
    this.scheduled ??= setImmediate(() => this.run());
  }

  delete(item: T): void {
    this.waiting.delete(item);
  }

  close(): void {
    this.waiting.clear();
    if (this.scheduled) clearImmediate(this.scheduled);
    this.scheduled = null;
  }

  private run(): void {
    this.scheduled = null;
    // What is added meanwhile comes into the next turn.
    for (const item of [...this.waiting].slice(0, SHARE)) {
      if (this.waiting.delete(item)) this.look(item);
    }
    this.commit();
    if (this.waiting.size > 0) this.schedule();
  }
}

/** In milliseconds. */
const PULSE = 4;

/** One timer for all runs that are in a burst, so that one commit holds what their looks find. */
export class Pulse {
  private readonly clock: Clock;
  private readonly beats = new Set<() => void>();
  private cancel: (() => void) | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(beat: () => void): void {
    this.beats.add(beat);
    if (!this.cancel) this.arm();
  }

  delete(beat: () => void): void {
    this.beats.delete(beat);
  }

  close(): void {
    this.beats.clear();
    this.cancel?.();
    this.cancel = null;
  }

  private arm(): void {
    this.cancel = this.clock.after(PULSE, () => {
      this.cancel = null;
      for (const beat of [...this.beats]) beat();
      if (this.beats.size > 0 && !this.cancel) this.arm();
    });
  }
}

/** How long a last line without a line end must stay as it is before it counts as a line, in milliseconds. */
const STILL = 1_000;

/** Closes last lines that have no line end and have not changed for a second. */
export class StillLines {
  private readonly clock: Clock;
  private readonly closeLine: (spool: Spool) => void;
  private readonly since = new Map<Spool, number>();
  private cancel: (() => void) | null = null;

  constructor(clock: Clock, closeLine: (spool: Spool) => void) {
    this.clock = clock;
    this.closeLine = closeLine;
  }

  /** The spool was looked at. */
  looked(spool: Spool, grew: boolean): void {
    if (!spool.hasFragment) this.since.delete(spool);
    else if (grew || !this.since.has(spool)) this.since.set(spool, this.clock.monotonic());
    this.arm();
  }

  forget(spool: Spool): void {
    this.since.delete(spool);
  }

  close(): void {
    this.cancel?.();
    this.since.clear();
  }

  private arm(): void {
    if (this.cancel || this.since.size === 0) return;
    const due = Math.min(...this.since.values()) + STILL;
    this.cancel = this.clock.after(Math.max(1, due - this.clock.monotonic()), () => {
      this.cancel = null;
      const now = this.clock.monotonic();
      for (const [spool, time] of [...this.since]) {
        if (now - time < STILL) continue;
        this.since.delete(spool);
        this.closeLine(spool);
      }
      this.arm();
    });
  }
}
