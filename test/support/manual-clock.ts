import type { Clock } from '../../src/contracts/clock.ts';

export interface ManualClock extends Clock {
  /**
   * Moves both clocks on, and runs what falls due in the order of its time, each at its own time. What was
   * scheduled meanwhile and falls due runs too. Between two timers, and at the end, promises get their turn.
   */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock forward (or back, where negative); no timer falls due by it. */
  jump(ms: number): void;
  /** How many timers wait. */
  pending(): number;
  /** Forgets every timer, as the end of a process does. */
  drop(): void;
}

/** @param start the wall clock's first time, in milliseconds since the epoch. */
export function createManualClock(start = Date.UTC(2030, 0, 1)): ManualClock {
  interface Timer {
    readonly due: number;
    readonly callback: () => void;
  }
  let wall = start;
  let elapsed = 0;
  // In the order in which they were set: a stable search for the earliest keeps it among equals.
  const timers = new Set<Timer>();

  function earliest(notAfter: number): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of timers) {
      if (timer.due <= notAfter && (found === undefined || timer.due < found.due)) found = timer;
    }
    return found;
  }

  function moveTo(time: number): void {
    wall += time - elapsed;
    elapsed = time;
  }

  return {
    now: () => wall,
    monotonic: () => elapsed,
    after(ms, callback) {
      const timer: Timer = { due: elapsed + Math.max(0, ms), callback };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    async advance(ms) {
      const end = elapsed + ms;
      await promisesSettle();
      for (let timer = earliest(end); timer !== undefined; timer = earliest(end)) {
        timers.delete(timer);
        moveTo(Math.max(elapsed, timer.due));
        timer.callback();
        await promisesSettle();
      }
      moveTo(end);
      await promisesSettle();
    },
    jump(ms) {
      wall += ms;
    },
    pending: () => timers.size,
    drop: () => timers.clear(),
  };
}

/** A chain of promises of any reasonable length has run when the loop has come round. */
function promisesSettle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
