import type { AppView } from '../../src/contracts/supervisor.ts';
import { AppRef, commandApp } from '../app-ref.ts';
import {
  AppInvalidError,
  AppNotFoundError,
  PortUnavailableError,
  StartFailedError,
  StopFailedError,
} from '../apps/errors.ts';
import { builder } from '../builder.ts';
import { OperationFailedError } from '../errors.ts';
import { App } from '../refs.ts';
import { answer, resultType, withApp } from './answer.ts';

const RestartAppInput = builder.inputType('RestartAppInput', {
  description: 'Input of `restartApp`.',
  fields: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to restart.' }),
    wait: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Answer when the app is ready again or its start has failed; else as soon as it is accepted.',
    }),
  }),
});

const RestartAppSuccess = builder.objectRef<{ readonly app: AppView }>('RestartAppSuccess').implement({
  description: 'The app was told to restart.',
  fields: (t) => ({ app: t.expose('app', { type: App, description: 'The app as it is now.' }) }),
});

const errors = [
  AppNotFoundError,
  AppInvalidError,
  StartFailedError,
  StopFailedError,
  PortUnavailableError,
  OperationFailedError,
];

const RestartAppResult = builder.unionType('RestartAppResult', {
  description: 'Result of `restartApp`.',
  types: [RestartAppSuccess, ...errors],
  resolveType: resultType('RestartAppSuccess'),
});

builder.mutationField('restartApp', (t) =>
  t.field({
    type: RestartAppResult,
    authScopes: { role: 'OPERATOR' },
    description: 'Stops an app if it runs, and starts it.',
    args: {
      input: t.arg({
        type: RestartAppInput,
        required: true,
        description: 'Parameters of `restartApp`.',
      }),
    },
    resolve: async (_root, { input }, context) => {
      const { supervisor } = context;
      const result = await commandApp(context, input.app, (ref, options) =>
        supervisor.restart(ref, { ...options, wait: input.wait }),
      );
      return answer(withApp(result), errors);
    },
  }),
);
