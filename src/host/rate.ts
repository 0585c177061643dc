/** The part of a clock that is needed: milliseconds that only grow. */
interface Clock {
  monotonic(): number;
}

/** How much each key may use at once, and how much a second in the long run. */
export interface RateRule {
  readonly burst: number;
  readonly perSecond: number;
}

export interface RateLimit {
  /**
   * Takes an amount from what the key has left. Returns null where it had anything left, even less than the amount: the
   * key then waits until the debt is paid. Otherwise it takes nothing and returns how many whole seconds to wait.
   */
  take(key: string, amount: number): number | null;
}

/** How many keys are remembered. The key that was used longest ago is forgotten first, and begins anew. */
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
