import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Access, Identity } from '../contracts/access.ts';
import type { Connections } from './connections.ts';
import type { FailedLogins } from './failed-logins.ts';
import type { Refusal } from './replies.ts';

/** Who asks where the server was told to ask for no token. */
const ANYBODY: Identity = {
  ...{ token: null, account: null, kind: null, name: 'local', role: 'ADMIN' },
  ended: new AbortController().signal,
};

// Every socket and stream listens to it.
setMaxListeners(0, ANYBODY.ended);

export type Authenticated =
  | { readonly ok: true; readonly viewer: Identity }
  | { readonly ok: false; readonly refusal: Refusal };

export interface AuthenticatorOptions {
  readonly access: Access;
  /** False: nobody is asked for a token. */
  readonly auth: boolean;
  readonly failedLogins: FailedLogins;
  /** Learns which connections somebody with a token has. */
  readonly connections: Pick<Connections, 'know'>;
}

/** Tells who a request comes from. */
export interface Authenticator {
  /**
   * @param told `Bearer` and a token; where there is none, what the request's own header says
   * @throws the database's error
   */
  identify(request: IncomingMessage, told?: unknown): Authenticated;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { access, auth, failedLogins, connections } = options;

  function accept(request: IncomingMessage, viewer: Identity): Authenticated {
    connections.know(request.socket);
    return { ok: true, viewer };
  }

  return {
    identify(request, told) {
      if (!auth) return accept(request, ANYBODY);
      const authorization = told ?? request.headers.authorization;
      if (authorization === undefined) return refuse(NO_TOKEN);
      const viewer = typeof authorization === 'string' ? byToken(access, authorization) : null;
      if (viewer) return accept(request, viewer);
      return refuse(wrongSecret(failedLogins, request, 'The token is unknown, or was revoked or has ended'));
    },
  };
}

const NO_TOKEN = unauthenticated(
  'A token is needed: send the header "Authorization: Bearer <token>"; the first token is in the file .toehold/token',
);

function byToken(access: Access, authorization: string): Identity | null {
  const [, text] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  return text === undefined ? null : access.authenticate(text);
}

/** Somebody showed a token or a link that is worth nothing; one who does so again and again is told to wait. */
export function wrongSecret(failedLogins: FailedLogins, request: IncomingMessage, message: string): Refusal {
  const wait = failedLogins.note(request.socket.remoteAddress);
  if (wait === null) return unauthenticated(message);
  return {
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    message: `${message}. There were many of them from this address: wait ${wait} s`,
    headers: { 'Retry-After': String(wait) },
  };
}

export function unauthenticated(message: string): Refusal {
  return {
    status: 401,
    code: 'UNAUTHENTICATED',
    message,
    headers: { 'WWW-Authenticate': 'Bearer realm="Toehold"' },
  };
}

function refuse(refusal: Refusal): Authenticated {
  return { ok: false, refusal };
}
