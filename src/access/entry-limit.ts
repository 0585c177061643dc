import type { Clock } from '../contracts/clock.ts';

/** So many entries of one token have room within so long a time, in milliseconds. */
const MOST = 60;
const SPAN = 60_000;

/** NO_MORE: it is the first of its span that has none; NONE: another one. */
export type Room = 'ROOM' | 'NO_MORE' | 'NONE';

/** Counts entries by token, those of the last minute alone. */
export function createEntryLimit(clock: Pick<Clock, 'monotonic'>): (token: string) => Room {
  // In the order in which the spans began.
  const spans = new Map<string, { readonly begin: number; count: number }>();

  function dropOld(now: number): void {
    for (const [token, { begin }] of spans) {
      if (now - begin < SPAN) return;
      spans.delete(token);
    }
  }

  return (token) => {
    const now = clock.monotonic();
    dropOld(now);
    const span = spans.get(token) ?? { begin: now, count: 0 };
    spans.set(token, span);
    span.count += 1;
    if (span.count <= MOST) return 'ROOM';
    return span.count === MOST + 1 ? 'NO_MORE' : 'NONE';
  };
}
