import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Access, Identity } from '../contracts/access.ts';
import type { Connections } from './connections.ts';
import type { Proofs } from './proofs.ts';
import type { FailedLogins } from './rates.ts';
import type { Refusal } from './replies.ts';

/** The viewer of all requests where the server does not require tokens. */
const ANONYMOUS: Identity = {
  ...{ token: null, account: null, kind: null, name: 'local', role: 'ADMIN', key: null },
  ended: new AbortController().signal,
};

// Every socket and stream adds a listener: no warning.
setMaxListeners(0, ANONYMOUS.ended);

type Authenticated =
  | { readonly ok: true; readonly viewer: Identity }
  | { readonly ok: false; readonly refusal: Refusal };

interface AuthenticatorOptions {
  readonly access: Access;
  /** False: requests need no token. */
  readonly auth: boolean;
  readonly failedLogins: FailedLogins;
  /** Keeps the slots of connections that have shown a token. */
  readonly connections: Pick<Connections, 'authenticate'>;
  readonly proofs: Proofs;
}

/** What a request sends to authenticate. */
export interface Credentials {
  /** `Bearer` with a token, or `DPoP` with a token that is bound to a key. */
  readonly authorization?: unknown;
  /** The proof of the key, for `DPoP`. */
  readonly proof?: unknown;
}

/** Determines who a request comes from. */
export interface Authenticator {
  /**
   * @param credentials default: those in the headers of the request
   * @throws the database's error
   */
  identify(request: IncomingMessage, credentials?: Credentials): Promise<Authenticated>;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { access, auth, failedLogins, connections, proofs } = options;

  function accept(request: IncomingMessage, viewer: Identity): Authenticated {
    connections.authenticate(request.socket);
    return { ok: true, viewer };
  }

  return {
    async identify(request, credentials = credentialsOf(request)) {
      if (!auth) return accept(request, ANONYMOUS);
      const { authorization, proof } = credentials;
      if (authorization === undefined) return refuse(NO_TOKEN);
      const { scheme, text } = parseAuthorization(authorization);
      const viewer = access.authenticate(text);
      if (!viewer) return refuse(wrongSecret(failedLogins, request, UNKNOWN));
      if (viewer.key === null && scheme !== 'bearer') return refuse(NOT_BOUND);
      if (viewer.key !== null) {
        const proven = await proofs.verify(request, scheme === 'dpop' ? proof : undefined, text);
        if (!proven.ok) return proven;
        if (proven.key !== viewer.key) return refuse(proofs.refusal(OTHER_KEY));
        // The token may have ended during the verification.
        if (viewer.ended.aborted) return refuse(unauthenticated(UNKNOWN));
      }
      access.used(viewer);
      return accept(request, viewer);
    },
  };
}

const NO_TOKEN = unauthenticated(
  'A token is needed: send the header "Authorization: Bearer <token>"; the first token is in the file .toehold/token',
);

const UNKNOWN = 'The token is unknown, or was revoked or has ended';
const OTHER_KEY = 'This session is bound to another key than the one that signed the proof';
const NOT_BOUND = unauthenticated(
  'This token is bound to no key: send it as "Authorization: Bearer <token>"',
);

function credentialsOf({ headers }: IncomingMessage): Credentials {
  return { authorization: headers.authorization, proof: headers.dpop };
}

/** Both parts are empty if the header has another format. */
function parseAuthorization(said: unknown): { readonly scheme: string; readonly text: string } {
  const [, scheme = '', text = ''] =
    (typeof said === 'string' && /^(Bearer|DPoP) +(\S+) *$/i.exec(said)) || [];
  return { scheme: scheme.toLowerCase(), text };
}

/** Refuses a token or a link that is not valid. After many from one network, the refusal says how long to wait. */
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
