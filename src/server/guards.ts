import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHostCheck } from './hosts.ts';
import type { Refusal } from './replies.ts';

export interface GuardOptions {
  /** What the server listens on. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly origins: Origins;
}

/** What is looked at in every request, upgrades too, before anything else of it; null: nothing is wrong. */
export type Guard = (request: IncomingMessage) => Refusal | null;

export function createGuard({ host, allowedHosts, origins }: GuardOptions): Guard {
  const isOurs = createHostCheck(host, allowedHosts);
  return (request) => {
    const hosts = request.rawHeaders.filter((_, index) => index % 2 === 0).filter(isHost).length;
    if (hosts > 1 || !request.url?.startsWith('/')) {
      const message = 'Ask for a path, with one Host: two parties could take this request for different ones';
      return { status: 400, code: 'BAD_REQUEST', message, headers: { Connection: 'close' } };
    }
    if (!isOurs(request.headers.host)) {
      const message =
        'This server does not go by that host: ask by its address or localhost, or name the host in TOEHOLD_ALLOWED_HOSTS';
      return { status: 421, code: 'MISDIRECTED_REQUEST', message };
    }
    if (!origins.mayAsk(request)) {
      const message =
        'Pages of other origins may not ask this server: name their origin in TOEHOLD_ALLOWED_ORIGINS';
      return { status: 403, code: 'FORBIDDEN', message };
    }
    return null;
  };
}

function isHost(name: string): boolean {
  return name.toLowerCase() === 'host';
}

/** How long a browser may remember what it was allowed, in seconds. */
const REMEMBERED = 600;

/** Pages of other origins, of which a browser tells where they come from. */
export interface Origins {
  /** Whether the request comes from no page, one of this server, or one of an allowed origin. */
  mayAsk(request: IncomingMessage): boolean;
  /**
   * Lets a page of an allowed origin read the answer. True: it was only the question whether it may ask at
   * all, and has its answer.
   */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
}

/** @param allowed as browsers write them: `https://panel.example.org` */
export function createOrigins(allowed: readonly string[]): Origins {
  const known = new Set(allowed.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  return {
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

/** Whether the page came from the host and port that it asks. Which of http and https, a proxy may have changed. */
function isSame(origin: string, host: string): boolean {
  try {
    const { protocol, host: from } = new URL(origin);
    if (protocol !== 'http:' && protocol !== 'https:') return false;
    return new URL(`${protocol}//${host}`).host === from;
  } catch {
    // `null` is what pages without an origin of their own say.
    return false;
  }
}

/** An image, a script and the like that a page elsewhere wants: browsers name no origin for them. */
function isForeignLoad(headers: IncomingMessage['headers']): boolean {
  const site = headers['sec-fetch-site'];
  return headers['sec-fetch-mode'] === 'no-cors' && (site === 'cross-site' || site === 'same-site');
}
