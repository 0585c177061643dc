import { inspect } from 'node:util';
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

export interface FaultOptions {
  readonly source: Pick<NodeJS.Process, 'on'>;
  readonly print: (line: string) => void;
  /** Ends the process with this code, at once. */
  readonly exit: (code: number) => void;
}

/**
 * What a fault of the program's own leads to.
 *
 * A rejection that nobody waited for is one operation that failed: the stack had unwound, as for any
 * rejection that is handled. It is told, and the server goes on.
 *
 * An exception that nobody caught may have left anything half done, so the process ends with code 1.
 * That is the safe way, as for a kill: what was acknowledged is committed, the apps run on untouched, and
 * the next start takes them back with their logs and exit codes. Going on could decide from broken state.
 */
export function watchForFaults({ source, print, exit }: FaultOptions): void {
  source.on('unhandledRejection', (reason) => {
    print(`toehold: an operation failed and nobody was told: ${whole(reason)}`);
  });
  source.on('uncaughtException', (error) => {
    print(`toehold: ends after an unexpected error; the apps run on: ${whole(error)}`);
    exit(1);
  });
}

/** With the stack, its causes and its properties. */
function whole(error: unknown): string {
  return inspect(error, { depth: 6 });
}
