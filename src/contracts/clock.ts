/** Time, so that tests can own it. */
export interface Clock {
  /** The wall clock, in milliseconds since the epoch. It may jump, either way. */
  now(): number;
  /** Milliseconds that only grow; for spans. */
  monotonic(): number;
  /** Calls back once after so many milliseconds, whatever the wall clock does. The answer cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/**
 * Time for what ends by its age. The wall clock alone would let a token work again when somebody sets it back, and
 * would remove the audit log when it is wrong by years for a minute. So a steady time is kept in the database: see
 * `nextSteadyTime`. A time that was noted while the wall clock was ahead may lie in the future of both.
 */
export interface SteadyTime {
  /** For what expires: the wall clock, but never less than the steady time. Milliseconds since the epoch, whole. */
  latest(): number;
  /** For what is removed because it is old: the wall clock, but never more than the steady time. */
  earliest(): number;
  /** Writes the steady time to the database, so that the next start goes on from it. @throws the database's error */
  keep(): void;
}
