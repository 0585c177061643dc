/** Time, as a part that tests can replace. */
export interface Clock {
  /** The wall clock, in milliseconds since the epoch. It may jump, either way. */
  now(): number;
  /** Milliseconds that never go back, for spans. */
  monotonic(): number;
  /** Calls back once after so many milliseconds, whatever the wall clock does. The returned function cancels that. */
  after(ms: number, callback: () => void): () => void;
}

/**
 * Time for what expires or is removed at some age. By the wall clock alone, an expired token would work again when the
 * clock is set back, and the audit log would be removed when the clock is years ahead for a minute. So a steady time is
 * kept in the database: see `nextSteadyTime`. A time that was written down while the wall clock was ahead may be later
 * than both.
 */
export interface SteadyTime {
  /** For what expires: the later of wall clock and steady time. Whole milliseconds since the epoch. */
  latest(): number;
  /** For what is removed at some age: the earlier of wall clock and steady time. Whole milliseconds since the epoch. */
  earliest(): number;
  /** Writes the steady time to the database, from where the next start goes on. @throws the database's error */
  keep(): void;
}
