import type { Identity } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import { createRateLimit } from '../host/rate.ts';
import { networkOf } from './addresses.ts';

/** What one token may ask for, with the sessions that were begun by it. */
export const RATES = {
  /** Cost, which is about a microsecond of work: see `OPERATION_LIMITS.cost`. */
  cost: { burst: 10_000_000, perSecond: 1_000_000 },
  /** Fields of `Mutation`. */
  mutations: { burst: 1_000, perSecond: 10 },
} as const;

/** Each answers null, or how many seconds the token must wait: then nothing is to be done for it. */
export interface Rates {
  /** A request of so many bytes, before it is read. */
  request(viewer: Identity, bytes: number): number | null;
  operation(viewer: Identity, cost: number): number | null;
  mutations(viewer: Identity, fields: number): number | null;
}

/** What it costs to read and to answer a request besides its fields. */
const REQUEST_COST = 100;
const BYTES_PER_COST = 4;

/**
 * Keeps one token from taking the server from the others. Where nobody is asked for a token nobody can be told from
 * anybody else, so that nobody is held up.
 */
export function createRates(clock: Pick<Clock, 'monotonic'>): Rates {
  const costs = createRateLimit(clock, RATES.cost);
  const mutations = createRateLimit(clock, RATES.mutations);
  return {
    request: ({ account }, bytes) =>
      account === null ? null : costs.take(account, REQUEST_COST + bytes / BYTES_PER_COST),
    operation: ({ account }, cost) => (account === null ? null : costs.take(account, cost)),
    mutations: ({ account }, fields) => (account === null ? null : mutations.take(account, fields)),
  };
}

/** What a token that must wait is answered. */
export function rateMessage(seconds: number): string {
  return `This token has asked for too much in a short time: wait ${seconds} s, then ask again`;
}

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
