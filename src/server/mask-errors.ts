import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { Logger } from '../contracts/logger.ts';
import { shortened } from './short-errors.ts';

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
