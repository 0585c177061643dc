import type { AppView } from '../../src/contracts/supervisor.ts';
import { Role } from '../access/type.ts';
import { AppRef, commandApp } from '../app-ref.ts';
import { AppNotFoundError } from '../apps/errors.ts';
import { builder } from '../builder.ts';
import { InvalidInputError, OperationFailedError } from '../errors.ts';
import { App } from '../refs.ts';
import { answer, resultType, withApp } from './answer.ts';

const GrantAppAccessInput = builder.inputType('GrantAppAccessInput', {
  description: 'Input of `grantAppAccess`.',
  fields: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to change.' }),
    role: t.field({
      type: Role,
      description:
        'VIEWER or OPERATOR, in place of the grant before. Null or left out: it has no grant any more.',
    }),
  }),
});

const GrantAppAccessSuccess = builder
  .objectRef<{ readonly app: AppView }>('GrantAppAccessSuccess')
  .implement({
    description: 'The app has the grant, or has none any more.',
    fields: (t) => ({ app: t.expose('app', { type: App, description: 'The app as it is now.' }) }),
  });

const errors = [AppNotFoundError, InvalidInputError, OperationFailedError];

const GrantAppAccessResult = builder.unionType('GrantAppAccessResult', {
  description: 'Result of `grantAppAccess`.',
  types: [GrantAppAccessSuccess, ...errors],
  resolveType: resultType('GrantAppAccessSuccess'),
});

builder.mutationField('grantAppAccess', (t) =>
  t.field({
    type: GrantAppAccessResult,
    authScopes: { role: 'ADMIN' },
    description:
      'Lets an app have the role that its manifest asks for (`toes.api`), beyond what TOEHOLD_APP_API gives every app. A token that its run has changes at once; a run without one gets it at its next start. The grant ends when the app, or its directory, is removed or replaced.',
    args: {
      input: t.arg({
        type: GrantAppAccessInput,
        required: true,
        description: 'Parameters of `grantAppAccess`.',
      }),
    },
    resolve: async (_root, { input }, context) => {
      const { supervisor } = context;
      const result = await commandApp(context, input.app, (ref, options) =>
        supervisor.grantAccess(ref, input.role ?? null, options),
      );
      return answer(withApp(result), errors);
    },
  }),
);
