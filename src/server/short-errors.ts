import type { GraphQLError } from 'graphql';

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
