import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { Logger } from '../contracts/logger.ts';

/**
 * Passes on errors that are meant for callers: every GraphQLError without another original error. Any other error is
 * logged in full under a reference, and the caller gets only the reference.
 */
export function createErrorMask(log: Logger): (error: unknown) => Error {
  return (error) => {
    if (isForCallers(error)) return shortened(error);
    const reference = randomUUID().slice(0, 8);
    log.error({ err: innermost(error), reference }, 'An operation failed unexpectedly');
    const { nodes, path } = error instanceof GraphQLError ? error : { nodes: undefined, path: undefined };
    return new GraphQLError(
      `Internal server error. The log has the cause, under the reference ${reference}.`,
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

/** Shortens the message of an error, which can repeat the whole request. Returns the same error. */
export function shortened(error: GraphQLError): GraphQLError {
  if (error.message.length > LONGEST) {
    // Does not cut a surrogate pair in half.
    error.message = `${error.message.slice(0, LONGEST - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
  }
  return error;
}

/** An error with a code for programs, and a message for people. */
export function clientError(code: string, message: string, extensions: object = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
}

/** Removes what Yoga adds for HTTP, once the status of the response is known. */
export function withoutStatus(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, path, extensions, originalError } = error;
  const { http: _, unexpected: __, ...rest } = extensions;
  const options = { nodes, source, positions, path, originalError };
  return new GraphQLError(message, { ...options, extensions: rest });
}

/** Formats a count for messages: `5,000`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
