import { GraphQLError } from 'graphql';

/** A GraphQL error with a code, for mistakes of callers outside of mutations. */
function callerError(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** The cursor is not one of this server. */
export function badCursor(message: string): GraphQLError {
  return callerError('BAD_CURSOR', message);
}

/** A size, such as `first` or `last`, is out of range. */
export function invalidPage(message: string): GraphQLError {
  return callerError('INVALID_PAGE', message);
}

/** The caller's role, or the kind of the caller's token, does not allow this. */
export function forbidden(message: string): GraphQLError {
  return callerError('FORBIDDEN', message);
}

/** An AppRef in the arguments of a query or subscription matches no app. */
export function appNotFound(message: string): GraphQLError {
  return callerError('APP_NOT_FOUND', message);
}

/** The app was removed between two reads of one operation. */
export function appRemoved(): GraphQLError {
  return callerError('APP_NOT_FOUND', 'App not found: it was removed while this was being answered');
}
