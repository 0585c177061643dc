/** What is known when an app needs a port (docs/behavior.md A17, A20, B-16). */
export interface PortQuestion {
  /** The range, both ends included. */
  readonly min: number;
  readonly max: number;
  /** Ports that no app ever gets: the server's own. */
  readonly never: readonly number[];
  /** Every port that an app holds, running or not; those of gone apps may be in it. */
  readonly held: ReadonlySet<number>;
  /** The ports of apps whose directory is gone, the app longest gone first. */
  readonly gone: readonly number[];
  /** Ports that were found to be in use by another program. */
  readonly unavailable: ReadonlySet<number>;
}

export interface PortChoice {
  readonly port: number;
  /** True where a gone app holds it and must give it up. */
  readonly takenFromGone: boolean;
}

/**
 * The lowest port that no app holds; in a full range the port of the app that has been gone longest; null
 * where there is neither. The caller probes the port, and asks again with it in `unavailable` where it
 * cannot be bound.
 */
export function choosePort(question: PortQuestion): PortChoice | null {
  const { min, max, never, held, gone, unavailable } = question;
  const usable = (port: number): boolean => !never.includes(port) && !unavailable.has(port);
  for (let port = min; port <= max; port++) {
    if (usable(port) && !held.has(port) && !gone.includes(port)) return { port, takenFromGone: false };
  }
  const reclaimed = gone.find((port) => port >= min && port <= max && usable(port));
  return reclaimed === undefined ? null : { port: reclaimed, takenFromGone: true };
}
