import type { AppId } from '../../src/core/app.ts';
import { AppRef, commandApp } from '../app-ref.ts';
import { AppBusyError, AppNotFoundError, StopFailedError } from '../apps/errors.ts';
import { builder } from '../builder.ts';
import { OperationFailedError } from '../errors.ts';
import { encodeGlobalId } from '../node.ts';
import { answer, resultType } from './answer.ts';

const RemoveAppInput = builder.inputType('RemoveAppInput', {
  description: 'Input of `removeApp`.',
  fields: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to remove.' }),
  }),
});

const RemoveAppSuccess = builder
  .objectRef<{ readonly appId: AppId; readonly appName: string }>('RemoveAppSuccess')
  .implement({
    description: 'The app is gone.',
    fields: (t) => ({
      appId: t.id({
        description: 'The id that it had.',
        resolve: ({ appId }) => encodeGlobalId('App', appId),
      }),
      appName: t.exposeString('appName', { description: 'The name that it had.' }),
    }),
  });

const errors = [AppNotFoundError, AppBusyError, StopFailedError, OperationFailedError];

const RemoveAppResult = builder.unionType('RemoveAppResult', {
  description: 'Result of `removeApp`.',
  types: [RemoveAppSuccess, ...errors],
  resolveType: resultType('RemoveAppSuccess'),
});

builder.mutationField('removeApp', (t) =>
  t.field({
    type: RemoveAppResult,
    authScopes: { role: 'ADMIN' },
    description:
      'Stops an app, frees its port and moves its directory into `.trash` in the apps directory. Its runs and logs go with it; a log reader behind them gets a gap.',
    args: {
      input: t.arg({ type: RemoveAppInput, required: true, description: 'Parameters of `removeApp`.' }),
    },
    resolve: async (_root, { input }, context) => {
      const { supervisor } = context;
      const result = await commandApp(context, input.app, (ref, options) => supervisor.remove(ref, options));
      return answer(result, errors);
    },
  }),
);
