import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { Logger } from '../contracts/logger.ts';

/**
 * Lets through what is meant for callers, that is, every GraphQLError that nothing else lies behind.
 * Of anything else a caller gets a reference, by which the log tells the whole of it.
 */
export function createErrorMask(log: Logger): (error: unknown) => Error {
  return (error) => {
    if (isForCallers(error)) return shortened(error);
    const reference = randomUUID().slice(0, 8);
    log.error({ err: innermost(error), reference }, 'An operation failed unexpectedly');
    const { nodes, path } = error instanceof GraphQLError ? error : { nodes: undefined, path: undefined };
    return new GraphQLError(
      `Something went wrong in the server. Its log tells what, under the reference ${reference}.`,
      { nodes, path, extensions: { code: 'INTERNAL_SERVER_ERROR', reference } },
    );
  };
}

function isForCallers(error: unknown): error is GraphQLError {
  if (!(error instanceof GraphQLError)) return false;
  return error.originalError == null || isForCallers(error.originalError);
}

function innermost(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? innermost(error.originalError) : error;
}

/** The longest message, in UTF-16 code units. */
const LONGEST = 500;

/** Cuts what a message repeats of the request, which may be all of it. Answers the same error. */
export function shortened(error: GraphQLError): GraphQLError {
  if (error.message.length > LONGEST) {
    // A symbol of two code units is not cut in half.
    error.message = `${error.message.slice(0, LONGEST - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
  }
  return error;
}

/** An error with a code for programs, and a message for people. */
export function clientError(code: string, message: string, extensions: object = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
}

/** A count as messages have it: `5,000`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
