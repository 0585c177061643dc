import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access, NewToken } from '../contracts/access.ts';
import { reasonOf } from '../core/errors.ts';
import { type Authenticator, wrongSecret } from './auth.ts';
import { readJson } from './bodies.ts';
import type { FailedLogins } from './failed-logins.ts';
import { replyJson, replyRefusal } from './replies.ts';

export const LOGIN_PATH = '/login';
export const LOGOUT_PATH = '/logout';

/** The longest body of a login, in bytes: it holds one short secret. */
const MAX_LOGIN = 1_000;

const WRONG_LINK =
  'This link has been used, is older than 10 minutes, or is not one of this server: run "toehold open" for another one';

export interface LoginParts {
  readonly access: Access;
  readonly authenticator: Authenticator;
  readonly failedLogins: FailedLogins;
}

/** `POST /login`: spends the secret of a one-time link and answers with a session's token. */
export async function replyLogin(
  request: IncomingMessage,
  response: ServerResponse,
  { access, failedLogins }: LoginParts,
): Promise<void> {
  const body = await readJson(request, MAX_LOGIN);
  if (!body.ok) return replyRefusal(response, body.refusal);
  const { once } = body.value;
  if (typeof once !== 'string') {
    const message = 'Send the secret of a one-time link: {"once": "..."}';
    return replyRefusal(response, { status: 400, code: 'BAD_REQUEST', message });
  }
  let made: NewToken | null;
  try {
    made = access.redeemLink(once);
  } catch (error) {
    // A full disk, say.
    const message = `The session could not be kept (${reasonOf(error)}): see to that, and open the link again; it was not spent`;
    return replyRefusal(response, { status: 503, code: 'OPERATION_FAILED', message });
  }
  if (!made) return replyRefusal(response, wrongSecret(failedLogins, request, WRONG_LINK));
  const { name, role, expiresAt } = made.token;
  replyJson(response, 200, {
    ...{ token: made.text, name, role },
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  });
}

/**
 * `POST /logout`: the session whose token it carries ends. A token that somebody made for other uses too is
 * left alone: the page only forgets it.
 */
export function replyLogout(
  request: IncomingMessage,
  response: ServerResponse,
  { access, authenticator }: LoginParts,
): void {
  const identified = authenticator.identify(request);
  if (!identified.ok) return replyRefusal(response, identified.refusal);
  const { kind, token } = identified.viewer;
  if (kind === 'SESSION' && token !== null) access.revoke(token);
  response.writeHead(204).end();
}
