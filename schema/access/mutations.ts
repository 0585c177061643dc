import type { Identity, NewToken, TokenRequest } from '../../src/contracts/access.ts';
import {
  includesRole,
  type Role as RoleName,
  type Token as TokenInfo,
  tokenNameProblem,
} from '../../src/core/access.ts';
import { failed, ok, type Result, reasonOf } from '../../src/core/errors.ts';
import { AppNotFoundError } from '../apps/errors.ts';
import type { GraphQLContext } from '../context.ts';
import { InvalidInputError } from '../errors.ts';
import { appMutation, mutation, type ObjectFieldBuilder } from '../mutation.ts';
import { forbidden } from '../request-errors.ts';
import { Role } from '../role-type.ts';
import { Token } from './type.ts';

mutation({
  name: 'createToken',
  role: 'ADMIN',
  description: 'Creates a token: access for a person or a program, with a name and a role.',
  input: (t) => ({
    name: t.string({
      required: true,
      description:
        'The name of the token, which becomes the actor of everything done with it: 1 to 63 letters, numbers, spaces and . _ : @ -, beginning with a letter or number.',
    }),
    role: t.field({ type: Role, required: true, description: 'The role of the token.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When the token expires. If null or left out, it is valid until it is revoked.',
    }),
  }),
  success: {
    description: 'The token was created.',
    fields: (t: ObjectFieldBuilder<NewToken>) => ({
      token: t.expose('token', { type: Token, description: 'The token.' }),
      text: t.exposeString('text', {
        description:
          'The text to send as `Authorization: Bearer <text>`. It is shown only this once and is not stored.',
      }),
    }),
  },
  errors: [InvalidInputError],
  run: ({ name, role, expiresAt = null }, context) => createToken(context, { name, role, expiresAt }),
});

/** @throws GraphQLError FORBIDDEN if the access of the viewer must end with its run or session */
function createToken({ access, viewer }: GraphQLContext, request: TokenRequest): Result<NewToken> {
  if (viewer.kind === 'RUN') {
    throw forbidden('A run of an app cannot create tokens: use a token that a person created');
  }
  if (!access.mayPassOn(viewer)) {
    throw forbidden(
      'Sessions of pages of other origins, and sessions that are bound to no key, cannot create tokens: use a token that a person created',
    );
  }
  const nameProblem = tokenNameProblem(request.name);
  if (nameProblem) return failed({ code: 'INVALID_INPUT', message: nameProblem, path: ['name'] });
  const { expiresAt } = request;
  const now = access.time();
  if (expiresAt !== null && expiresAt <= now) {
    const message = `A token cannot end in the past: "expiresAt" is ${new Date(expiresAt).toISOString()}, and it is ${new Date(now).toISOString()} now`;
    return failed({ code: 'INVALID_INPUT', message, path: ['expiresAt'] });
  }
  try {
    return ok(access.create(request));
  } catch (error) {
    return failed({ code: 'OPERATION_FAILED', message: `The token could not be stored: ${reasonOf(error)}` });
  }
}

mutation({
  name: 'revokeToken',
  role: 'ADMIN',
  description:
    'Revokes a token immediately, and the sessions that were created with it: their requests are refused, and their streams end.',
  input: (t) => ({
    id: t.id({ required: true, description: 'The value of `Token.id`.' }),
  }),
  success: {
    description: 'The token was revoked.',
    fields: (t: ObjectFieldBuilder<{ readonly token: TokenInfo }>) => ({
      token: t.expose('token', { type: Token, description: 'The token as it was before.' }),
    }),
  },
  errors: [InvalidInputError],
  run: ({ id }, context) => revokeToken(context, id),
});

function revokeToken({ access }: GraphQLContext, id: string): Result<{ readonly token: TokenInfo }> {
  try {
    const token = access.revoke(id);
    if (token) return ok({ token });
  } catch (error) {
    return failed({
      code: 'OPERATION_FAILED',
      message: `The token could not be revoked: ${reasonOf(error)}`,
    });
  }
  const message = `There is no token with the id "${id.slice(0, 64)}": "tokens" lists those there are`;
  return failed({ code: 'INVALID_INPUT', message, path: ['id'] });
}

interface LoginLink {
  readonly url: string;
  readonly expiresAt: number;
}

mutation({
  name: 'createLoginLink',
  role: 'VIEWER',
  description:
    'Creates a link that logs in a browser once, within 10 minutes. The session ends after 12 hours without use (TOEHOLD_SESSION_IDLE), after 30 days at most, and when the token that created the link ends. Sessions and runs of apps cannot create links.',
  input: (t) => ({
    role: t.field({
      type: Role,
      description: 'The role of the session: your own role, or a lesser one. If null or left out, your own.',
    }),
  }),
  success: {
    description: 'The link was created.',
    fields: (t: ObjectFieldBuilder<LoginLink>) => ({
      url: t.exposeString('url', {
        description:
          'The URL to open in a browser. The first browser that opens it gets the session. Its host is the host of your request.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        description: 'When the link expires if it is not used.',
      }),
    }),
  },
  errors: [InvalidInputError],
  run: ({ role }, context) => createLoginLink(context, role ?? context.viewer.role),
});

/** @throws GraphQLError FORBIDDEN if the viewer cannot create links */
function createLoginLink(
  { access, viewer, requestOrigin }: GraphQLContext,
  role: RoleName,
): Result<LoginLink> {
  if (!includesRole(viewer.role, role)) {
    const message = `You are ${viewer.role}, and cannot create a link for a higher role: request ${viewer.role} or less, not ${role}`;
    return failed({ code: 'INVALID_INPUT', message, path: ['role'] });
  }
  let link: ReturnType<typeof access.createLink>;
  try {
    link = access.createLink(viewer, role);
  } catch (error) {
    return failed({ code: 'OPERATION_FAILED', message: `The link could not be created: ${reasonOf(error)}` });
  }
  if (!link) throw forbidden(whyNoLink(viewer));
  return ok({ url: `${requestOrigin}/login?once=${link.secret}`, expiresAt: link.expiresAt });
}

function whyNoLink({ token }: Identity): string {
  return token === null
    ? 'A login is not needed: this server does not require tokens'
    : 'Sessions and runs of apps cannot create login links: use a token that a person created';
}

appMutation({
  name: 'grantAppAccess',
  role: 'ADMIN',
  description:
    'Grants an app the role that its manifest requests (`toes.api`), beyond what TOEHOLD_APP_API allows every app. The token of its current run changes immediately; a run without a token gets one at its next start. The grant ends when the app or its directory is removed or replaced.',
  app: 'The app to change.',
  input: (t) => ({
    role: t.field({
      type: Role,
      description:
        'VIEWER or OPERATOR, which replaces the previous grant. If null or left out, the grant is removed.',
    }),
  }),
  success: 'The grant was changed.',
  errors: [AppNotFoundError, InvalidInputError],
  run: (supervisor, app, options, { role }) => supervisor.grantAccess(app, role ?? null, options),
});
