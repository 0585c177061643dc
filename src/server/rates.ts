import type { Identity } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import { createRateLimit } from '../host/rate.ts';
import { networkOf } from './addresses.ts';

/** The rate limits of one token, together with the sessions that were created with it. */
export const RATES = {
  /** Cost, which is about a microsecond of work: see `OPERATION_LIMITS.cost`. */
  cost: { burst: 10_000_000, perSecond: 1_000_000 },
  /** Fields of `Mutation`. */
  mutations: { burst: 1_000, perSecond: 10 },
} as const;

/** Each method returns null, or how many seconds the token must wait: then the request is refused. */
export interface Rates {
  /** Counts a request of this size, before it is parsed. */
  request(viewer: Identity, bytes: number): number | null;
  /** Counts a request whose answer is kept. */
  cached(viewer: Identity): number | null;
  operation(viewer: Identity, cost: number): number | null;
  mutations(viewer: Identity, fields: number): number | null;
}

/** The cost of a request besides its fields. */
const REQUEST_COST = 100;
const BYTES_PER_COST = 4;
/** The whole cost of a request whose answer is kept. */
const CACHED_COST = 20;

/**
 * Prevents one token from using up the server. Where the server does not require tokens, clients cannot be told apart
 * and none is limited.
 */
export function createRates(clock: Pick<Clock, 'monotonic'>): Rates {
  const costs = createRateLimit(clock, RATES.cost);
  const mutations = createRateLimit(clock, RATES.mutations);
  return {
    request: ({ account }, bytes) =>
      account === null ? null : costs.take(account, REQUEST_COST + bytes / BYTES_PER_COST),
    cached: ({ account }) => (account === null ? null : costs.take(account, CACHED_COST)),
    operation: ({ account }, cost) => (account === null ? null : costs.take(account, cost)),
    mutations: ({ account }, fields) => (account === null ? null : mutations.take(account, fields)),
  };
}

/** The message for a token that must wait. */
export function rateMessage(seconds: number): string {
  return `This token has exceeded its rate limit: wait ${seconds} s, then try again`;
}

/** How many wrong tokens of one network are answered normally, and within what time, in milliseconds. */
const MOST = 10;
const SPAN = 60_000;

/** How many networks are remembered. The one with the oldest span is dropped first. */
const MOST_ADDRESSES = 1_000;

interface Span {
  readonly begin: number;
  count: number;
}

/**
 * Counts wrong tokens by network. It never refuses a valid token, because all clients on this machine have the same
 * address.
 */
export interface FailedLogins {
  /** Counts a wrong token. Returns how many seconds to wait if there are too many; else null. */
  note(address: string | undefined): number | null;
}

export function createFailedLogins(clock: Clock): FailedLogins {
  // Oldest span first.
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
