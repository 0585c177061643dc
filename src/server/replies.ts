import type { ServerResponse } from 'node:http';

/** Why something is not answered: for HTTP its status, for GraphQL clients the code in an error's extensions. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** What was wrong and what to do, for a person. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What else programs need to know, beside the code. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Answers with text that nobody keeps. */
export function replyText(response: ServerResponse, status: number, text: string): void {
  reply(response, status, 'text/plain; charset=utf-8', `${text}\n`);
}

/** Answers with JSON that nobody keeps. */
export function replyJson(response: ServerResponse, status: number, value: unknown): void {
  reply(response, status, 'application/json; charset=utf-8', JSON.stringify(value));
}

/** Answers as GraphQL does, so that every client of it understands. */
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

/** Answers that only reading is allowed here, and says so by false. */
export function isReading(
  method: string | undefined,
  response: ServerResponse,
  ...others: readonly string[]
): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  response.setHeader('Allow', ['GET', 'HEAD', ...others].join(', '));
  replyText(response, 405, `Only ${['GET', ...others].join(' and ')} is taken here`);
  return false;
}
