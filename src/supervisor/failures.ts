import { randomUUID } from 'node:crypto';
import type { Logger } from '../contracts/logger.ts';
import { failed, type Result, reasonOf } from '../core/errors.ts';
import { NotCommitted } from './journal.ts';

/**
 * Turns what a command's step threw into text for the client. The file system and the database refuse with a reason
 * for a person. Every other error is a defect: its text stays in the server's log.
 */
export class Failures {
  private readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /**
   * The answer where the first step of a command failed, which changes nothing where the file system or the database
   * refuses it.
   */
  nothingChanged(error: unknown): Result<never> {
    return isDefect(error)
      ? this.unexpected(error)
      : operationFailed(`Nothing has changed: ${reasonOf(error)}`);
  }

  /** The answer where it is not known how far the command came. */
  unexpected(error: unknown): Result<never> {
    return operationFailed(
      `The operation failed unexpectedly, and part of it may have been done. Look at the app before you try again: ${this.logged(error)}`,
    );
  }

  /** The reason that the file system or the database gave, for a message that says what was done. */
  reasonOf(error: unknown): string {
    return isDefect(error) ? `unexpected error, ${this.logged(error)}` : reasonOf(error);
  }

  /** Writes the whole error to the server's log, under a reference that the client gets, too. */
  private logged(error: unknown): string {
    const reference = randomUUID().slice(0, 8);
    this.logger.error({ err: error, reference }, 'a command failed unexpectedly');
    return `the server's log has the reason under ${reference}`;
  }
}

/** Whether no part throws such an error on purpose. Its text is then not for clients. */
function isDefect(error: unknown): boolean {
  if (error instanceof NotCommitted) return error.cause !== undefined && isDefect(error.cause);
  return !(error instanceof Error) || DEFECTS.some((defect) => error instanceof defect);
}

const DEFECTS = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError];

export function operationFailed(message: string): Result<never> {
  return failed({ code: 'OPERATION_FAILED', message });
}
