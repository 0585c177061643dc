import type { ServerResponse } from 'node:http';

/** Why a request is refused: the HTTP status, and for GraphQL clients the code in an error's extensions. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** What went wrong and what to do, for a person. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** More extensions for programs, beside the code. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Sends text that is not cached. */
export function replyText(response: ServerResponse, status: number, text: string): void {
  reply(response, status, 'text/plain; charset=utf-8', `${text}\n`);
}

/** Sends JSON that is not cached. */
export function replyJson(response: ServerResponse, status: number, value: unknown): void {
  reply(response, status, 'application/json; charset=utf-8', JSON.stringify(value));
}

/** Sends a refusal in the format of GraphQL, which GraphQL clients understand. */
export function replyRefusal(
  response: ServerResponse,
  { status, code, message, headers = {}, extensions = {} }: Refusal,
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  replyJson(response, status, { errors: [{ message, extensions: { code, ...extensions } }] });
}

export function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(body);
}

/** Returns whether the method only reads. If not, sends the refusal. */
export function isReading(
  method: string | undefined,
  response: ServerResponse,
  ...others: readonly string[]
): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  response.setHeader('Allow', ['GET', 'HEAD', ...others].join(', '));
  replyText(response, 405, `Only ${['GET', ...others].join(' and ')} is allowed here`);
  return false;
}
