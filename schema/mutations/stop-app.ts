import type { AppView } from '../../src/contracts/supervisor.ts';
import { AppRef, commandApp } from '../app-ref.ts';
import { AppNotFoundError, StopFailedError } from '../apps/errors.ts';
import { builder } from '../builder.ts';
import { OperationFailedError } from '../errors.ts';
import { App } from '../refs.ts';
import { answer, resultType, withApp } from './answer.ts';

const StopAppInput = builder.inputType('StopAppInput', {
  description: 'Input of `stopApp`.',
  fields: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to stop.' }),
    wait: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Answer when the last process is gone; else as soon as it is accepted.',
    }),
  }),
});

const StopAppSuccess = builder.objectRef<{ readonly app: AppView }>('StopAppSuccess').implement({
  description: 'The app was told to stop, or is stopped.',
  fields: (t) => ({ app: t.expose('app', { type: App, description: 'The app as it is now.' }) }),
});

const errors = [AppNotFoundError, StopFailedError, OperationFailedError];

const StopAppResult = builder.unionType('StopAppResult', {
  description: 'Result of `stopApp`.',
  types: [StopAppSuccess, ...errors],
  resolveType: resultType('StopAppSuccess'),
});

builder.mutationField('stopApp', (t) =>
  t.field({
    type: StopAppResult,
    authScopes: { role: 'OPERATOR' },
    description:
      'Stops an app, for good: it stays stopped until somebody starts it, also over a restart of the control plane.',
    args: {
      input: t.arg({ type: StopAppInput, required: true, description: 'Parameters of `stopApp`.' }),
    },
    resolve: async (_root, { input }, context) => {
      const { supervisor } = context;
      const result = await commandApp(context, input.app, (ref, options) =>
        supervisor.stop(ref, { ...options, wait: input.wait }),
      );
      return answer(withApp(result), errors);
    },
  }),
);
