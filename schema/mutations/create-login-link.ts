import type { Identity } from '../../src/contracts/access.ts';
import { includesRole, type Role as RoleName } from '../../src/core/access.ts';
import { failed, ok, type Result, reasonOf } from '../../src/core/errors.ts';
import { Role } from '../access/type.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { InvalidInputError, OperationFailedError } from '../errors.ts';
import { forbidden } from '../request-errors.ts';
import { answer, resultType } from './answer.ts';

interface LoginLink {
  readonly url: string;
  readonly expiresAt: number;
}

const CreateLoginLinkInput = builder.inputType('CreateLoginLinkInput', {
  description: 'Input of `createLoginLink`.',
  fields: (t) => ({
    role: t.field({
      type: Role,
      description:
        'What the session shall allow: your own role, or a lesser one. Null or left out: your own.',
    }),
  }),
});

const CreateLoginLinkSuccess = builder.objectRef<LoginLink>('CreateLoginLinkSuccess').implement({
  description: 'The link was made.',
  fields: (t) => ({
    url: t.exposeString('url', {
      description:
        'What to open in a browser, once: whoever does has the session. It asks by the host you asked by.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the link ends, used or not.' }),
  }),
});

const errors = [InvalidInputError, OperationFailedError];

const CreateLoginLinkResult = builder.unionType('CreateLoginLinkResult', {
  description: 'Result of `createLoginLink`.',
  types: [CreateLoginLinkSuccess, ...errors],
  resolveType: resultType('CreateLoginLinkSuccess'),
});

builder.mutationField('createLoginLink', (t) =>
  t.field({
    type: CreateLoginLinkResult,
    authScopes: { role: 'VIEWER' },
    description:
      'Makes a link that logs a browser in, once and within 10 minutes. The session ends after 12 hours without use (TOEHOLD_SESSION_IDLE), after 30 days at most, and with the token that made the link. Sessions and runs of apps hand nothing on.',
    args: {
      input: t.arg({
        type: CreateLoginLinkInput,
        required: true,
        description: 'Parameters of `createLoginLink`.',
      }),
    },
    resolve: (_root, { input }, context) =>
      answer(createLoginLink(context, input.role ?? context.viewer.role), errors),
  }),
);

/** @throws GraphQLError FORBIDDEN where the viewer may hand nothing on */
function createLoginLink(
  { access, viewer, requestOrigin }: GraphQLContext,
  role: RoleName,
): Result<LoginLink> {
  if (!includesRole(viewer.role, role)) {
    const message = `You are ${viewer.role}, and cannot hand on more than that: ask for ${viewer.role} or less, not ${role}`;
    return failed({ code: 'INVALID_INPUT', message, path: ['role'] });
  }
  let link: ReturnType<typeof access.createLink>;
  try {
    link = access.createLink(viewer, role);
  } catch (error) {
    return failed({ code: 'OPERATION_FAILED', message: `The link could not be made: ${reasonOf(error)}` });
  }
  if (!link) throw forbidden(whyNothingIsHandedOn(viewer));
  return ok({ url: `${requestOrigin}/login?once=${link.secret}`, expiresAt: link.expiresAt });
}

function whyNothingIsHandedOn({ token }: Identity): string {
  return token === null
    ? 'There is nothing to log in to: this server asks for no token'
    : 'A session, or a run of an app, hands no access on: make the link with a token that somebody made';
}
