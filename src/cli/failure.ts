/** Exit codes: 0 done, 1 the server refused, 2 wrong use, 3 no server, 130 Ctrl-C (the convention of shells). */
export const EXIT = { DONE: 0, REFUSED: 1, WRONG_USE: 2, NO_SERVER: 3, INTERRUPTED: 130 } as const;

/** After a signal: 128 and its number. */
type FailureCode = (typeof EXIT)['REFUSED' | 'WRONG_USE' | 'NO_SERVER' | 'INTERRUPTED'] | 129 | 143;

/** Ends a command. The message has one or two lines: what was wrong, what was found, and what to do. */
export class CommandFailure extends Error {
  readonly exitCode: FailureCode;
  /** Lines to print before the message, such as the last lines of an app. */
  readonly details: readonly string[];

  constructor(exitCode: FailureCode, message: string, details: readonly string[] = []) {
    super(message);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
    this.details = details;
  }
}

export const refused = (message: string, details?: readonly string[]) =>
  new CommandFailure(EXIT.REFUSED, message, details);
export const wrongUse = (message: string) => new CommandFailure(EXIT.WRONG_USE, message);
export const noServer = (message: string) => new CommandFailure(EXIT.NO_SERVER, message);
