import type { AppView } from '../../src/contracts/supervisor.ts';
import { AppRef, commandApp } from '../app-ref.ts';
import { AppBusyError, AppNotFoundError, NameTakenError, StopFailedError } from '../apps/errors.ts';
import { builder } from '../builder.ts';
import { InvalidInputError, OperationFailedError } from '../errors.ts';
import { App } from '../refs.ts';
import { answer, resultType, withApp } from './answer.ts';

const RenameAppInput = builder.inputType('RenameAppInput', {
  description: 'Input of `renameApp`.',
  fields: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to rename.' }),
    name: t.string({
      required: true,
      description:
        'The new name: lower-case letters, digits and hyphens, a letter first, at most 63 characters.',
    }),
  }),
});

const RenameAppSuccess = builder.objectRef<{ readonly app: AppView }>('RenameAppSuccess').implement({
  description: 'The app has its new name.',
  fields: (t) => ({ app: t.expose('app', { type: App, description: 'The app as it is now.' }) }),
});

const errors = [
  AppNotFoundError,
  AppBusyError,
  NameTakenError,
  InvalidInputError,
  StopFailedError,
  OperationFailedError,
];

const RenameAppResult = builder.unionType('RenameAppResult', {
  description: 'Result of `renameApp`.',
  types: [RenameAppSuccess, ...errors],
  resolveType: resultType('RenameAppSuccess'),
});

builder.mutationField('renameApp', (t) =>
  t.field({
    type: RenameAppResult,
    authScopes: { role: 'ADMIN' },
    description:
      'Gives an app, and its directory, another name. Where it runs it is stopped before and started after. Id, port, logs and runs stay with it.',
    args: {
      input: t.arg({ type: RenameAppInput, required: true, description: 'Parameters of `renameApp`.' }),
    },
    resolve: async (_root, { input }, context) => {
      const { supervisor } = context;
      const result = await commandApp(context, input.app, (ref, options) =>
        supervisor.rename(ref, input.name, options),
      );
      return answer(withApp(result), errors);
    },
  }),
);
