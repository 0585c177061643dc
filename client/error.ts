/** A failure as the server tells it. */
export interface ServerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/**
 * What went wrong, with a code for programs. The server's own codes: UNAUTHENTICATED (no token, or not a good one),
 * FORBIDDEN (its role does not allow this), RATE_LIMITED (the token asked for too much: see `retryAfter`), APP_NOT_FOUND, BAD_CURSOR, INVALID_PAGE, NOT_READY and others. This
 * client's: UNREACHABLE (nobody answers there, or the connection broke), BAD_ANSWER (what answers is no Toehold
 * server), CLOSED (`close()` was called), NO_WEBSOCKET (this environment has none), GRAPHQL_ERROR (the server told
 * no code).
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
  /** All that the server told, in its order. Empty for this client's own codes. */
  readonly errors: readonly ServerError[];

  /** How long the server asks to wait before the next try, in milliseconds; undefined where it said nothing of it. */
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

/** The first of them is what is thrown; the others are in `errors`. */
export function serverError(errors: readonly ServerError[]): ToeholdError {
  const [first] = errors;
  const code = first?.extensions?.code;
  return new ToeholdError(
    typeof code === 'string' ? code : 'GRAPHQL_ERROR',
    first?.message ?? 'The server told of an error without a message',
    { errors },
  );
}
