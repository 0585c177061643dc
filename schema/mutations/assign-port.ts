import type { AppView } from '../../src/contracts/supervisor.ts';
import { AppRef, commandApp } from '../app-ref.ts';
import { AppBusyError, AppNotFoundError, PortUnavailableError } from '../apps/errors.ts';
import { builder } from '../builder.ts';
import { InvalidInputError, OperationFailedError } from '../errors.ts';
import { App } from '../refs.ts';
import { answer, resultType, withApp } from './answer.ts';

const AssignPortInput = builder.inputType('AssignPortInput', {
  description: 'Input of `assignPort`.',
  fields: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to change.' }),
    port: t.int({ required: true, description: 'The port, one of `portRange`.' }),
  }),
});

const AssignPortSuccess = builder.objectRef<{ readonly app: AppView }>('AssignPortSuccess').implement({
  description: 'The app has its new port.',
  fields: (t) => ({ app: t.expose('app', { type: App, description: 'The app as it is now.' }) }),
});

const errors = [
  AppNotFoundError,
  AppBusyError,
  PortUnavailableError,
  InvalidInputError,
  OperationFailedError,
];

const AssignPortResult = builder.unionType('AssignPortResult', {
  description: 'Result of `assignPort`.',
  types: [AssignPortSuccess, ...errors],
  resolveType: resultType('AssignPortSuccess'),
});

builder.mutationField('assignPort', (t) =>
  t.field({
    type: AssignPortResult,
    authScopes: { role: 'ADMIN' },
    description: 'Gives an app that is not running another port of the range.',
    args: {
      input: t.arg({
        type: AssignPortInput,
        required: true,
        description: 'Parameters of `assignPort`.',
      }),
    },
    resolve: async (_root, { input }, context) => {
      const { supervisor } = context;
      const result = await commandApp(context, input.app, (ref, options) =>
        supervisor.assignPort(ref, input.port, options),
      );
      return answer(withApp(result), errors);
    },
  }),
);
