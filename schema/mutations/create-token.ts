import type { NewToken, TokenRequest } from '../../src/contracts/access.ts';
import { tokenNameProblem } from '../../src/core/access.ts';
import { failed, ok, type Result, reasonOf } from '../../src/core/errors.ts';
import { Role, Token } from '../access/type.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { InvalidInputError, OperationFailedError } from '../errors.ts';
import { forbidden } from '../request-errors.ts';
import { answer, resultType } from './answer.ts';

const CreateTokenInput = builder.inputType('CreateTokenInput', {
  description: 'Input of `createToken`.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description:
        'The name that stands as the actor of what is done with it: 1 to 63 letters, numbers, spaces and . _ : @ -, a letter or number first.',
    }),
    role: t.field({ type: Role, required: true, description: 'What it shall allow.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it ends by itself. Null or left out: it lasts until it is revoked.',
    }),
  }),
});

const CreateTokenSuccess = builder.objectRef<NewToken>('CreateTokenSuccess').implement({
  description: 'The token was made.',
  fields: (t) => ({
    token: t.expose('token', { type: Token, description: 'The token.' }),
    text: t.exposeString('text', {
      description: 'What to send as `Authorization: Bearer <text>`. It is told this once, and kept nowhere.',
    }),
  }),
});

const errors = [InvalidInputError, OperationFailedError];

const CreateTokenResult = builder.unionType('CreateTokenResult', {
  description: 'Result of `createToken`.',
  types: [CreateTokenSuccess, ...errors],
  resolveType: resultType('CreateTokenSuccess'),
});

builder.mutationField('createToken', (t) =>
  t.field({
    type: CreateTokenResult,
    authScopes: { role: 'ADMIN' },
    description: 'Makes a token: access for a person or a program, under a name and with a role.',
    args: {
      input: t.arg({ type: CreateTokenInput, required: true, description: 'Parameters of `createToken`.' }),
    },
    resolve: (_root, { input: { name, role, expiresAt = null } }, context) =>
      answer(createToken(context, { name, role, expiresAt }), errors),
  }),
);

/** @throws GraphQLError FORBIDDEN where a run asks, whose access is to end with it */
function createToken({ access, viewer }: GraphQLContext, request: TokenRequest): Result<NewToken> {
  if (viewer.kind === 'RUN') {
    throw forbidden('A run of an app hands no access on: make the token with one that somebody made');
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
    return failed({ code: 'OPERATION_FAILED', message: `The token could not be kept: ${reasonOf(error)}` });
  }
}
