/** What of a clock is needed: milliseconds that only grow. */
interface Clock {
  monotonic(): number;
}

/** What each key may use: so much at once, and so much a second in the long run. */
export interface RateRule {
  readonly burst: number;
  readonly perSecond: number;
}

export interface RateLimit {
  /**
   * Takes an amount from what the key has left. Answers null where it had anything left, even where the amount is
   * more: the key then waits until the debt is paid. Else answers how many whole seconds to wait, and takes nothing.
   */
  take(key: string, amount: number): number | null;
}

/** So many keys are remembered; the one that was used longest ago goes first, and begins anew. */
const MOST_KEYS = 10_000;

/** A token bucket for each key. */
export function createRateLimit(clock: Clock, { burst, perSecond }: RateRule): RateLimit {
  // In the order of their last use.
  const buckets = new Map<string, { left: number; at: number }>();

  return {
    take(key, amount) {
      const now = clock.monotonic();
      const bucket = buckets.get(key) ?? { left: burst, at: now };
      bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1_000) * perSecond);
      bucket.at = now;
      buckets.delete(key);
      buckets.set(key, bucket);
      for (const oldest of buckets.keys()) {
        if (buckets.size <= MOST_KEYS) break;
        buckets.delete(oldest);
      }
      if (bucket.left <= 0) return Math.max(1, Math.ceil(-bucket.left / perSecond));
      bucket.left -= amount;
      return null;
    },
  };
}
