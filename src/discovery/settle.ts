import type { Clock } from '../contracts/clock.ts';

/** Names that fall due within this time go together: a move within APPS_DIR changes two of them. In milliseconds. */
const TOGETHER = 10;

/** A name that is marked again and again is let through after this many settle times. */
const PATIENCE = 10;

/** Holds names back until they were not marked for a while. */
export class Settle {
  private readonly clock: Clock;
  private readonly ms: number;
  private readonly flush: (names: readonly string[]) => void;
  private readonly waiting = new Map<string, { due: number; readonly latest: number }>();
  private cancel: (() => void) | null = null;
  private closed = false;

  /**
   * @param ms how long a name must not be marked, in milliseconds.
   * @param flush takes the names that have settled, in the order in which they were first marked.
   */
  constructor(clock: Clock, ms: number, flush: (names: readonly string[]) => void) {
    this.clock = clock;
    this.ms = ms;
    this.flush = flush;
  }

  mark(name: string): void {
    if (this.closed) return;
    const now = this.clock.monotonic();
    const entry = this.waiting.get(name);
    if (entry) entry.due = Math.min(now + this.ms, entry.latest);
    else this.waiting.set(name, { due: now + this.ms, latest: now + this.ms * PATIENCE });
    this.arm();
  }

  close(): void {
    this.closed = true;
    this.waiting.clear();
    this.cancel?.();
    this.cancel = null;
  }

  private arm(): void {
    if (this.cancel !== null || this.waiting.size === 0) return;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { due } of this.waiting.values()) earliest = Math.min(earliest, due);
    this.cancel = this.clock.after(Math.max(0, earliest - this.clock.monotonic()), () => this.fire());
  }

  private fire(): void {
    this.cancel = null;
    const now = this.clock.monotonic();
    const due = [...this.waiting].filter(([, entry]) => entry.due <= now);
    // A mark does not set the timer anew, so it may fire while every name must wait on.
    const names =
      due.length === 0 ? [] : [...this.waiting].filter(([, entry]) => entry.due <= now + TOGETHER);
    for (const [name] of names) this.waiting.delete(name);
    this.arm();
    if (names.length > 0) this.flush(names.map(([name]) => name));
  }
}
