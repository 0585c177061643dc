import type { Token as TokenInfo } from '../../src/core/access.ts';
import { failed, ok, type Result, reasonOf } from '../../src/core/errors.ts';
import { Token } from '../access/type.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { InvalidInputError, OperationFailedError } from '../errors.ts';
import { answer, resultType } from './answer.ts';

const RevokeTokenInput = builder.inputType('RevokeTokenInput', {
  description: 'Input of `revokeToken`.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The token’s id, as `Token.id` tells it.' }),
  }),
});

const RevokeTokenSuccess = builder.objectRef<{ readonly token: TokenInfo }>('RevokeTokenSuccess').implement({
  description: 'The token is worth nothing any more.',
  fields: (t) => ({ token: t.expose('token', { type: Token, description: 'The token as it was.' }) }),
});

const errors = [InvalidInputError, OperationFailedError];

const RevokeTokenResult = builder.unionType('RevokeTokenResult', {
  description: 'Result of `revokeToken`.',
  types: [RevokeTokenSuccess, ...errors],
  resolveType: resultType('RevokeTokenSuccess'),
});

builder.mutationField('revokeToken', (t) =>
  t.field({
    type: RevokeTokenResult,
    authScopes: { role: 'ADMIN' },
    description:
      'Ends a token in this moment, with the sessions that were begun by it: their requests are refused, and their streams end.',
    args: {
      input: t.arg({ type: RevokeTokenInput, required: true, description: 'Parameters of `revokeToken`.' }),
    },
    resolve: (_root, { input }, context) => answer(revokeToken(context, input.id), errors),
  }),
);

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
