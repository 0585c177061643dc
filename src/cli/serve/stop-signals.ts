import type { Clock } from '../../contracts/clock.ts';

/** Where signals come from: the process, or a stand-in. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface StopSignalOptions {
  readonly source: SignalSource;
  readonly clock: Clock;
  /** The first request to end. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** Told again, at least `FORCE_AFTER` later: end at once. Told once. */
  readonly force: (signal: NodeJS.Signals) => void;
}

/** Ctrl-C under npm arrives twice, from the terminal and from npm: within this, it is one key press. Milliseconds. */
const FORCE_AFTER = 1_000;

/** Listens for the signals that end a server (docs/behavior.md A21), and shields it from SIGHUP. The answer lets go. */
export function listenForStop({ source, clock, stop, force }: StopSignalOptions): () => void {
  let firstAt: number | undefined;
  let forced = false;

  const ask = (signal: NodeJS.Signals): void => {
    const now = clock.monotonic();
    if (firstAt === undefined) {
      firstAt = now;
      stop(signal);
    } else if (!forced && now - firstAt >= FORCE_AFTER) {
      forced = true;
      force(signal);
    }
  };
  // A terminal that closes takes no server with it: apps run on, and so does what watches them.
  const ignore = (): void => {};

  source.on('SIGTERM', ask);
  source.on('SIGINT', ask);
  source.on('SIGHUP', ignore);
  return () => {
    source.off('SIGTERM', ask);
    source.off('SIGINT', ask);
    source.off('SIGHUP', ignore);
  };
}
