/** Time, so that tests can own it. */
export interface Clock {
  /** The wall clock, in milliseconds since the epoch. It may jump, either way. */
  now(): number;
  /** Milliseconds that only grow; for spans. */
  monotonic(): number;
  /** Calls back once after so many milliseconds, whatever the wall clock does. The answer cancels it. */
  after(ms: number, callback: () => void): () => void;
}
