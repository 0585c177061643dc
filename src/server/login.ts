import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NewToken } from '../contracts/access.ts';
import { reasonOf } from '../core/errors.ts';
import { wrongSecret } from './auth.ts';
import { readJson } from './bodies.ts';
import { replyCode, replySession, replyToken } from './code-login.ts';
import type { LoginParts } from './login-parts.ts';
import { replyJson, replyRefusal } from './replies.ts';

export const LOGIN_PATH = '/login';
export const LOGOUT_PATH = '/logout';

/** The largest body of a login, in bytes. It contains one short secret. */
const MAX_LOGIN = 1_000;

const wrongLink = (command: string) =>
  `This link has been used, is older than 10 minutes, or is not one of this server: run "${command} open" for another one`;

/**
 * `POST /login`: uses up the secret of a one-time link and returns the token of a new session. With `preview`, only
 * describes that session. With a proof of a key (the header DPoP), the session is bound to that key.
 */
export async function replyLogin(
  request: IncomingMessage,
  response: ServerResponse,
  parts: LoginParts,
): Promise<void> {
  const { access, failedLogins, proofs, command } = parts;
  const body = await readJson(request, MAX_LOGIN);
  if (!body.ok) return replyRefusal(response, body.refusal);
  if ('return' in body.value) return replyCode(request, response, body.value, parts);
  if ('code' in body.value) return replySession(request, response, body.value, parts);
  const { once, preview = false } = body.value;
  if (typeof once !== 'string' || typeof preview !== 'boolean') {
    const message = 'Send the secret of a one-time link: {"once": "..."}';
    return replyRefusal(response, { status: 400, code: 'BAD_REQUEST', message });
  }
  const session = access.previewLink(once);
  if (!session) return replyRefusal(response, wrongSecret(failedLogins, request, wrongLink(command)));
  if (preview) return replyJson(response, 200, session);
  const proof = request.headers.dpop;
  const proven = proof === undefined ? null : await proofs.verify(request, proof, once);
  if (proven?.ok === false) return replyRefusal(response, proven.refusal);
  let made: NewToken | null;
  try {
    made = access.redeemLink(once, proven?.key);
  } catch (error) {
    // For example, a full disk.
    const message = `The session could not be kept (${reasonOf(error)}): see to that, and open the link again; it was not spent`;
    return replyRefusal(response, { status: 503, code: 'OPERATION_FAILED', message });
  }
  if (!made) return replyRefusal(response, wrongSecret(failedLogins, request, wrongLink(command)));
  replyToken(response, made);
}

/**
 * `POST /logout`: ends the session of its token. A token that is not a session can have other uses, so it stays valid
 * and the page only forgets it.
 */
export async function replyLogout(
  request: IncomingMessage,
  response: ServerResponse,
  { access, authenticator }: Pick<LoginParts, 'access' | 'authenticator'>,
): Promise<void> {
  const identified = await authenticator.identify(request);
  if (!identified.ok) return replyRefusal(response, identified.refusal);
  const { kind, token } = identified.viewer;
  if (kind === 'SESSION' && token !== null) access.revoke(token);
  response.writeHead(204).end();
}
