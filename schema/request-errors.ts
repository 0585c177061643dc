import { GraphQLError } from 'graphql';

/** What a caller got wrong outside of a mutation: a GraphQL error with a code in its extensions. */
function callerError(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** A cursor that this server never gave out. */
export function badCursor(message: string): GraphQLError {
  return callerError('BAD_CURSOR', message);
}

/** `first` or `last` out of its range. */
export function invalidPage(message: string): GraphQLError {
  return callerError('INVALID_PAGE', message);
}

/** The caller's role, or the kind of its token, does not allow it. */
export function forbidden(message: string): GraphQLError {
  return callerError('FORBIDDEN', message);
}

/** An AppRef that names no app, in a list or a subscription. */
export function appNotFound(found: string): GraphQLError {
  return callerError('APP_NOT_FOUND', `App not found: there is no app ${found}`);
}

/** The app went away between two reads of one operation. */
export function appRemoved(): GraphQLError {
  return callerError('APP_NOT_FOUND', 'App not found: it was removed while this was being answered');
}
