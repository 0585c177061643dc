import type { Clock } from '../contracts/clock.ts';
import { networkOf } from './addresses.ts';

/** How many wrong tokens of one address are answered one by one, and within what time, in milliseconds. */
const MOST = 10;
const SPAN = 60_000;

/** The addresses that are remembered; the one whose span began first goes. */
const MOST_ADDRESSES = 1_000;

interface Span {
  readonly begin: number;
  count: number;
}

/**
 * Counts wrong tokens by address. It only slows down who shows them: a right token is never asked about here,
 * for everybody on this machine comes from the same address.
 */
export interface FailedLogins {
  /** Notes one, and answers how many seconds to wait where it is one too many; else null. */
  note(address: string | undefined): number | null;
}

export function createFailedLogins(clock: Clock): FailedLogins {
  // In the order in which the spans began.
  const spans = new Map<string, Span>();
  return {
    note(address) {
      const now = clock.monotonic();
      const key = networkOf(address ?? '');
      let span = spans.get(key);
      if (!span || now - span.begin >= SPAN) {
        spans.delete(key);
        span = { begin: now, count: 0 };
        spans.set(key, span);
      }
      span.count += 1;
      for (const oldest of spans.keys()) {
        if (spans.size <= MOST_ADDRESSES) break;
        spans.delete(oldest);
      }
      return span.count > MOST ? Math.ceil((span.begin + SPAN - now) / 1_000) : null;
    },
  };
}
