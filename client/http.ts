import { type ServerError, serverError, ToeholdError } from './error.ts';

/** What the client uses of `fetch`, so that a program can send requests in another way. */
export type Fetch = (address: URL, request?: FetchRequest) => Promise<FetchAnswer>;

/** A request of the client: JSON, and the token in its headers. It must follow no redirect. */
export interface FetchRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly credentials?: 'omit';
  readonly redirect?: 'error';
  /** Ends the request when it is aborted. */
  readonly signal?: AbortSignal | null;
}

/** The part of a `Response` that the client reads. */
export interface FetchAnswer {
  readonly status: number;
  text(): Promise<string>;
}

interface HttpOptions {
  readonly address: URL;
  readonly token: string | undefined;
  readonly fetch: Fetch;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly ServerError[];
}

/**
 * Runs one operation over HTTP.
 * @throws ToeholdError; if `signal` is aborted, its reason
 */
export async function ask(
  { address, token, fetch }: HttpOptions,
  query: string,
  variables: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json',
  };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  let status: number;
  let text: string;
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables: variables ?? undefined }),
      // The server has no cookies, and a redirect would carry the token elsewhere.
      credentials: 'omit',
      redirect: 'error',
      signal: signal ?? null,
    });
    ({ status } = response);
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ToeholdError('UNREACHABLE', `No answer from ${address.origin}: ${reasonOf(cause)}`, { cause });
  }
  const answer = parse(text);
  if (answer?.errors?.length) throw serverError(answer.errors);
  if (answer?.data == null) {
    throw new ToeholdError(
      'BAD_ANSWER',
      `The answer from ${address.href} is not from a Toehold server: status ${status}, ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  return answer.data;
}

function parse(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The message of the cause, because that of `fetch` is mostly only "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message || String((cause as { code?: unknown }).code);
}
