import { type ServerError, serverError, ToeholdError } from './error.ts';

export interface HttpOptions {
  readonly address: URL;
  readonly token: string | undefined;
  readonly fetch: typeof globalThis.fetch;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly ServerError[];
}

/**
 * One operation by HTTP.
 * @throws ToeholdError; where `signal` was aborted, its reason.
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
      // No cookie is the server's, and a redirect would take the token along.
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
      `What answers at ${address.href} is no Toehold server: status ${status}, ${JSON.stringify(text.slice(0, 80))}`,
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

/** What `fetch` says is most often but "fetch failed"; why stands in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : error.message;
}
