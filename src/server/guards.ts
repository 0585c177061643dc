import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHostCheck } from './hosts.ts';
import type { Refusal } from './replies.ts';

interface GuardOptions {
  /** What the server listens on. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly origins: Origins;
  /** Called with each origin that is refused. */
  readonly refused: (origin: string) => void;
}

/** The first check of every request, including upgrades. Returns null if the request may continue. */
export type Guard = (request: IncomingMessage) => Refusal | null;

export function createGuard({ host, allowedHosts, origins, refused }: GuardOptions): Guard {
  const isOurs = createHostCheck(host, allowedHosts);
  return (request) => {
    if (hostHeaders(request.rawHeaders) > 1 || !request.url?.startsWith('/')) {
      const message =
        'Send a path as the target and exactly one Host header: a proxy and this server could read this request differently';
      return { status: 400, code: 'BAD_REQUEST', message, headers: { Connection: 'close' } };
    }
    if (!isOurs(request.headers.host)) {
      const message =
        'This server does not accept that host: use its address or localhost, or add the host to TOEHOLD_ALLOWED_HOSTS';
      return { status: 421, code: 'MISDIRECTED_REQUEST', message };
    }
    if (!origins.mayAsk(request)) {
      refused(request.headers.origin ?? '');
      const message =
        'Pages of other origins cannot send requests to this server: add their origin to TOEHOLD_ALLOWED_ORIGINS';
      return { status: 403, code: 'FORBIDDEN', message };
    }
    return null;
  };
}

/** @param headers names and values in turn */
function hostHeaders(headers: readonly string[]): number {
  let found = 0;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') found += 1;
  }
  return found;
}

/** How long a browser can cache the response to a preflight request, in seconds. */
const REMEMBERED = 600;

/** Requests by pages of other origins, for which browsers name the origin. */
export interface Origins {
  /** Whether the request comes from no page, a page of this server, or a page of an allowed origin. */
  mayAsk(request: IncomingMessage): boolean;
  /** Whether the request comes from no page, or a page of this server. */
  isOwn(request: IncomingMessage): boolean;
  /** Whether this is an allowed origin, exactly as browsers write it. */
  allows(origin: string): boolean;
  /**
   * Adds the headers that let a page of an allowed origin read the response. Returns true if this was a preflight
   * request, which is then answered.
   */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
}

/** @param allowed origins as browsers write them: `https://panel.example.org` */
export function createOrigins(allowed: readonly string[]): Origins {
  const known = new Set(allowed.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  return {
    isOwn: ({ headers: { origin, host = '' } }) => origin === undefined || isSame(origin, host),
    allows: (origin) => known.has(origin),
    mayAsk({ headers }) {
      const { origin } = headers;
      if (origin === undefined) return !isForeignLoad(headers);
      return isSame(origin, headers.host ?? '') || known.has(origin.toLowerCase());
    },
    answer({ method, headers }, response) {
      if (known.size === 0) return false;
      response.appendHeader('Vary', 'Origin');
      const { origin } = headers;
      if (origin === undefined || !known.has(origin.toLowerCase())) return false;
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', 'Retry-After, WWW-Authenticate, DPoP-Nonce');
      if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
      response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
      response.setHeader(
        'Access-Control-Allow-Headers',
        'Authorization, DPoP, Content-Type, X-GraphQL-Yoga-CSRF',
      );
      response.setHeader('Access-Control-Max-Age', REMEMBERED);
      response.writeHead(204).end();
      return true;
    },
  };
}

/** Whether the page came from the host and port of its request. A proxy can change http to https, or back. */
function isSame(origin: string, host: string): boolean {
  try {
    const { protocol, host: from } = new URL(origin);
    if (protocol !== 'http:' && protocol !== 'https:') return false;
    return new URL(`${protocol}//${host}`).host === from;
  } catch {
    // Pages without their own origin send `null`.
    return false;
  }
}

/** Whether a page of another site loads an image, a script or the like, for which browsers name no origin. */
function isForeignLoad(headers: IncomingMessage['headers']): boolean {
  const site = headers['sec-fetch-site'];
  return headers['sec-fetch-mode'] === 'no-cors' && (site === 'cross-site' || site === 'same-site');
}
