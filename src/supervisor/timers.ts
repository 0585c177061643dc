import type { Clock } from '../contracts/clock.ts';
import type { TimerName } from '../core/lifecycle-events.ts';

/**
 * The named timers of one app: setting one replaces it. `fire` gets a question to ask before acting,
 * since a message may wait: whether the timer was set or cleared again since.
 */
export class Timers {
  private readonly pending = new Map<TimerName, () => void>();
  private readonly sets = new Map<TimerName, number>();
  private readonly clock: Clock;
  private readonly fire: (timer: TimerName, isStale: () => boolean) => void;

  constructor(clock: Clock, fire: (timer: TimerName, isStale: () => boolean) => void) {
    this.clock = clock;
    this.fire = fire;
  }

  set(timer: TimerName, ms: number): void {
    this.clear(timer);
    const count = this.sets.get(timer);
    const cancel = this.clock.after(ms, () => {
      this.pending.delete(timer);
      this.fire(timer, () => this.sets.get(timer) !== count);
    });
    this.pending.set(timer, cancel);
  }

  clear(timer: TimerName): void {
    this.pending.get(timer)?.();
    this.pending.delete(timer);
    this.sets.set(timer, (this.sets.get(timer) ?? 0) + 1);
  }

  clearAll(): void {
    for (const cancel of this.pending.values()) cancel();
    this.pending.clear();
  }
}
