/** A GraphQL error from the server. */
export interface ServerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/**
 * A failure, with a code for programs.
 *
 * Codes of the server: UNAUTHENTICATED (no token, or not a valid one), FORBIDDEN (the role does not allow this), RATE_LIMITED (the token asked
 * for too much; see `retryAfter`), APP_NOT_FOUND, BAD_CURSOR, INVALID_PAGE, NOT_READY, and others.
 *
 * Codes of this client: UNREACHABLE (no answer, or the connection was lost), BAD_ANSWER (the answer is not from a Toehold server), CLOSED
 * (`close()` was called), NO_WEBSOCKET (the environment has none), GRAPHQL_ERROR (the server gave no code).
 *
 * @example
 * try {
 *   await toehold.request(AppsDocument);
 * } catch (error) {
 *   if (error instanceof ToeholdError && error.code === 'UNREACHABLE') console.error('Is it running?');
 *   else throw error;
 * }
 */
export class ToeholdError extends Error {
  override readonly name = 'ToeholdError';
  readonly code: string;
  /** All errors from the server, in its order. Empty for codes of this client. */
  readonly errors: readonly ServerError[];

  /** How long to wait before the next attempt, in milliseconds; undefined if the server gave no time. */
  get retryAfter(): number | undefined {
    const seconds = this.errors[0]?.extensions?.retryAfter;
    return typeof seconds === 'number' ? seconds * 1_000 : undefined;
  }

  constructor(
    code: string,
    message: string,
    options: { readonly errors?: readonly ServerError[]; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.errors = options.errors ?? [];
  }
}

/** Makes an error from the first of the server's errors; all are in `errors`. */
export function serverError(errors: readonly ServerError[]): ToeholdError {
  const [first] = errors;
  const code = first?.extensions?.code;
  return new ToeholdError(
    typeof code === 'string' ? code : 'GRAPHQL_ERROR',
    first?.message ?? 'The server reported an error without a message',
    { errors },
  );
}
