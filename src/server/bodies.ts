import type { IncomingMessage } from 'node:http';
import type { Refusal } from './replies.ts';

/** The largest body of a GraphQL request, in bytes. */
export const MAX_BODY = 1_000_000;

/**
 * Checks the headers that describe the body. Returns null if they are fine. Only JSON is accepted: a page of another
 * site can make a browser post forms and plain text without a preflight request.
 */
export function bodyProblem({ method, headers }: IncomingMessage, longest: number): Refusal | null {
  if (method !== 'POST') return null;
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    const message = `Send JSON with the header "Content-Type: application/json"; this request has ${type ? `"${type}"` : 'no content type'}`;
    return { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message };
  }
  return Number(headers['content-length'] ?? 0) > longest ? tooLarge(longest) : null;
}

/** The size in bytes of the body or URL of a request; without a Content-Length, the largest size allowed. */
export function sizeOfBody({ method, headers, url }: IncomingMessage, longest: number): number {
  if (method !== 'POST') return url?.length ?? 0;
  return Math.min(longest, Number(headers['content-length'] ?? longest));
}

type JsonBody =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly refusal: Refusal };

/** Reads a small body that must be an object in JSON. Never rejects. */
export async function readJson(request: IncomingMessage, longest: number): Promise<JsonBody> {
  const problem = bodyProblem(request, longest);
  if (problem) return { ok: false, refusal: problem };
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // The connection is still needed for the response to a body that is too large.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      length += chunk.length;
      if (length > longest) return { ok: false, refusal: tooLarge(longest) };
      chunks.push(chunk);
    }
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (isObject(value)) return { ok: true, value };
  } catch {
    // It is not JSON, or the client disconnected.
  }
  const message = 'The body must be an object in JSON';
  return { ok: false, refusal: { status: 400, code: 'BAD_REQUEST', message } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tooLarge(longest: number): Refusal {
  const message = `The body is too large: the limit is ${longest} bytes`;
  return { status: 413, code: 'REQUEST_ENTITY_TOO_LARGE', message };
}
