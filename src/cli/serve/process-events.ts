import { inspect } from 'node:util';
import type { Clock } from '../../contracts/clock.ts';

/** The source of signals: the process, or a stand-in. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

interface StopSignalOptions {
  readonly source: SignalSource;
  readonly clock: Clock;
  /** Called once, for the first signal to end. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** Called once, for another signal at least `FORCE_AFTER` later: end at once. */
  readonly force: (signal: NodeJS.Signals) => void;
}

/** Under npm, one Ctrl-C arrives twice: from the terminal and from npm. Two signals within this time are one. Milliseconds. */
const FORCE_AFTER = 1_000;

/** Listens for the signals that end a server, and ignores SIGHUP (docs/behavior.md A21). @returns stops listening */
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
  // A terminal that closes must not end the server.
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

interface FaultOptions {
  readonly source: Pick<NodeJS.Process, 'on'>;
  readonly print: (line: string) => void;
  /** Ends the process with this code at once. */
  readonly exit: (code: number) => void;
}

/**
 * Handles faults of the program itself.
 *
 * An unhandled rejection is one operation that failed. The stack had unwound, as for a handled rejection. It is printed, and the server
 * continues.
 *
 * An uncaught exception can leave any state half changed, so the process ends with code 1. That is as safe as a kill: everything that
 * was acknowledged is committed, the apps keep running, and the next start recovers them with their logs and exit codes.
 */
export function watchForFaults({ source, print, exit }: FaultOptions): void {
  source.on('unhandledRejection', (reason) => {
    print(`toehold: an operation failed without being reported: ${whole(reason)}`);
  });
  source.on('uncaughtException', (error) => {
    print(`toehold: ends after an unexpected error; the apps keep running: ${whole(error)}`);
    exit(1);
  });
}

/** With the stack, the causes, and the properties. */
function whole(error: unknown): string {
  return inspect(error, { depth: 6 });
}
