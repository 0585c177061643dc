import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NewToken } from '../contracts/access.ts';
import { reasonOf } from '../core/errors.ts';
import { wrongSecret } from './auth.ts';
import type { LoginParts } from './login-parts.ts';
import { type Refusal, replyJson, replyRefusal } from './replies.ts';

// How a page of an allowed origin gets a session of its own: an authorization code with PKCE (RFC 6749, section 4.1;
// RFC 7636, S256 only). The person allows it on this server's own login page. The code is bound to the origin and the
// challenge, works once, and for a minute.

/** 32 bytes in base64url: a challenge, and a code. */
const DIGEST = /^[A-Za-z0-9_-]{43}$/;
/** RFC 7636, section 4.1. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

const WRONG_CODE =
  'This code has been used, is older than a minute, is of another origin, or does not match the code_verifier: begin the login again';

type Body = Readonly<Record<string, unknown>>;

/** `POST /login` with `return` and `code_challenge`, from the login page: returns a code. With `preview`, only checks them. */
export async function replyCode(
  request: IncomingMessage,
  response: ServerResponse,
  body: Body,
  parts: LoginParts,
): Promise<void> {
  const { return: origin, code_challenge: challenge, preview = false } = body;
  if (typeof origin !== 'string' || typeof challenge !== 'string' || !DIGEST.test(challenge)) {
    return replyRefusal(
      response,
      bad('Send return (an origin) and code_challenge (SHA-256 in base64url: 43 characters)'),
    );
  }
  const { origins, access, authenticator, rates, audit } = parts;
  if (!origins.allows(origin)) return replyRefusal(response, notAllowed(origin));
  if (preview) return replyJson(response, 200, { origin });
  if (!origins.isOwn(request)) {
    const message = 'Only the login page of this server can ask for a code: open /login?return=<your origin>';
    return replyRefusal(response, { status: 403, code: 'FORBIDDEN', message });
  }
  const identified = await authenticator.identify(request);
  if (!identified.ok) return replyRefusal(response, identified.refusal);
  const { viewer } = identified;
  const { name: actor, token, role, account } = viewer;
  const entry = { actor, token, role, action: 'logInOrigin', input: JSON.stringify({ origin }) };
  // As with login links, a token cannot fill the audit log.
  const wait = rates.mutations(viewer, 1) ?? audit.secondsUntilRoom(entry, account ?? '');
  if (wait > 0) return replyRefusal(response, tooMany(wait));
  try {
    const done = audit.begin(entry);
    const made = access.createCode(viewer, { origin, challenge });
    done(made ? 'OK' : 'FORBIDDEN');
    if (!made) return replyRefusal(response, { status: 403, code: 'FORBIDDEN', message: NOT_YOURS });
    replyJson(response, 200, { code: made.secret, expiresAt: new Date(made.expiresAt).toISOString() });
  } catch (error) {
    replyRefusal(response, notStored(error));
  }
}

/** `POST /login` with `code` and `code_verifier`, from the page of the other origin: returns the token of its session. */
export async function replySession(
  request: IncomingMessage,
  response: ServerResponse,
  body: Body,
  { access, failedLogins, proofs }: LoginParts,
): Promise<void> {
  const { code, code_verifier: verifier } = body;
  const { origin } = request.headers;
  if (typeof code !== 'string' || typeof verifier !== 'string' || !VERIFIER.test(verifier)) {
    return replyRefusal(response, bad('Send code and code_verifier (43 to 128 letters, digits and - . _ ~)'));
  }
  if (origin === undefined) return replyRefusal(response, bad('Send the header Origin: browsers do'));
  const proof = request.headers.dpop;
  const proven = proof === undefined ? null : await proofs.verify(request, proof, code);
  if (proven?.ok === false) return replyRefusal(response, proven.refusal);
  let made: NewToken | null;
  try {
    made = access.redeemCode(code, { origin, verifier }, proven?.key);
  } catch (error) {
    return replyRefusal(response, notStored(error));
  }
  if (!made) return replyRefusal(response, wrongSecret(failedLogins, request, WRONG_CODE));
  replyToken(response, made);
}

/** The token of a new session, and whose it is. */
export function replyToken(response: ServerResponse, { token, text }: NewToken): void {
  const { name, role, expiresAt } = token;
  const until = expiresAt === null ? null : new Date(expiresAt).toISOString();
  replyJson(response, 200, { token: text, name, role, expiresAt: until });
}

const NOT_YOURS =
  'This login cannot begin another one. Log in to this page by a link or a token, over https or on this machine: only then is the session bound to this browser';

function notAllowed(origin: string): Refusal {
  const message = `Pages of ${origin.slice(0, 200)} cannot log in here: set TOEHOLD_ALLOWED_ORIGINS to exactly that origin, as in https://dash.example.com`;
  return { status: 403, code: 'FORBIDDEN', message };
}

function bad(message: string): Refusal {
  return { status: 400, code: 'BAD_REQUEST', message };
}

function tooMany(seconds: number): Refusal {
  const message = `This token has asked for too much: wait ${seconds} s`;
  return { status: 429, code: 'RATE_LIMITED', message, headers: { 'Retry-After': String(seconds) } };
}

function notStored(error: unknown): Refusal {
  const message = `The login could not be stored (${reasonOf(error)}): fix that, and begin the login again`;
  return { status: 503, code: 'OPERATION_FAILED', message };
}
