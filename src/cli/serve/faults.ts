import { inspect } from 'node:util';

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
