import type { AppView } from '../../src/contracts/supervisor.ts';
import { AppRef, commandApp } from '../app-ref.ts';
import { AppInvalidError, AppNotFoundError, PortUnavailableError, StartFailedError } from '../apps/errors.ts';
import { builder } from '../builder.ts';
import { OperationFailedError } from '../errors.ts';
import { App } from '../refs.ts';
import { answer, resultType, withApp } from './answer.ts';

const StartAppInput = builder.inputType('StartAppInput', {
  description: 'Input of `startApp`.',
  fields: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to start.' }),
    wait: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Answer when the app is ready or its start has failed; else as soon as it is accepted.',
    }),
  }),
});

const StartAppSuccess = builder.objectRef<{ readonly app: AppView }>('StartAppSuccess').implement({
  description: 'The app was told to start, or runs.',
  fields: (t) => ({ app: t.expose('app', { type: App, description: 'The app as it is now.' }) }),
});

const errors = [
  AppNotFoundError,
  AppInvalidError,
  StartFailedError,
  PortUnavailableError,
  OperationFailedError,
];

const StartAppResult = builder.unionType('StartAppResult', {
  description: 'Result of `startApp`.',
  types: [StartAppSuccess, ...errors],
  resolveType: resultType('StartAppSuccess'),
});

builder.mutationField('startApp', (t) =>
  t.field({
    type: StartAppResult,
    authScopes: { role: 'OPERATOR' },
    description:
      'Starts an app. Of an app that is starting or running nothing changes, and it is a success; in any other state this decides what is wanted from now on.',
    args: {
      input: t.arg({ type: StartAppInput, required: true, description: 'Parameters of `startApp`.' }),
    },
    resolve: async (_root, { input }, context) => {
      const { supervisor } = context;
      const result = await commandApp(context, input.app, (ref, options) =>
        supervisor.start(ref, { ...options, wait: input.wait }),
      );
      return answer(withApp(result), errors);
    },
  }),
);
