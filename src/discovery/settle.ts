import type { Clock } from '../contracts/clock.ts';

/** Names that fall due within this of one another go together: a move within APPS_DIR is two of them. */
const TOGETHER = 10;

/** A name that is marked all the time is let through after this many settle times. */
const PATIENCE = 10;

/** Holds names back until nothing was said of them for a while. */
export interface Settle {
  mark(name: string): void;
  close(): void;
}

/**
 * @param ms how long a name must be left alone, in milliseconds.
 * @param flush takes the names that have settled, in the order in which they were first marked.
 */
export function createSettle(clock: Clock, ms: number, flush: (names: readonly string[]) => void): Settle {
  const waiting = new Map<string, { due: number; readonly latest: number }>();
  let cancel: (() => void) | null = null;
  let closed = false;

  function arm(): void {
    if (cancel !== null || waiting.size === 0) return;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { due } of waiting.values()) earliest = Math.min(earliest, due);
    cancel = clock.after(Math.max(0, earliest - clock.monotonic()), fire);
  }

  function fire(): void {
    cancel = null;
    const now = clock.monotonic();
    const due = [...waiting].filter(([, entry]) => entry.due <= now);
    // The timer is not set anew for each mark, so it may find that everything must wait on.
    const names = due.length === 0 ? [] : [...waiting].filter(([, entry]) => entry.due <= now + TOGETHER);
    for (const [name] of names) waiting.delete(name);
    arm();
    if (names.length > 0) flush(names.map(([name]) => name));
  }

  return {
    mark(name) {
      if (closed) return;
      const now = clock.monotonic();
      const entry = waiting.get(name);
      if (entry) entry.due = Math.min(now + ms, entry.latest);
      else waiting.set(name, { due: now + ms, latest: now + ms * PATIENCE });
      arm();
    },
    close() {
      closed = true;
      waiting.clear();
      cancel?.();
      cancel = null;
    },
  };
}
