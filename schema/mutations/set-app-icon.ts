import type { AppView } from '../../src/contracts/supervisor.ts';
import { AppRef, commandApp } from '../app-ref.ts';
import { AppInvalidError, AppNotFoundError } from '../apps/errors.ts';
import { builder } from '../builder.ts';
import { InvalidInputError, OperationFailedError } from '../errors.ts';
import { App } from '../refs.ts';
import { answer, resultType, withApp } from './answer.ts';

const SetAppIconInput = builder.inputType('SetAppIconInput', {
  description: 'Input of `setAppIcon`.',
  fields: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to change.' }),
    icon: t.string({
      description: 'One symbol, or a text of at most 16 code points. Null or left out: back to the default.',
    }),
  }),
});

const SetAppIconSuccess = builder.objectRef<{ readonly app: AppView }>('SetAppIconSuccess').implement({
  description: 'The app has its new icon.',
  fields: (t) => ({ app: t.expose('app', { type: App, description: 'The app as it is now.' }) }),
});

const errors = [AppNotFoundError, AppInvalidError, InvalidInputError, OperationFailedError];

const SetAppIconResult = builder.unionType('SetAppIconResult', {
  description: 'Result of `setAppIcon`.',
  types: [SetAppIconSuccess, ...errors],
  resolveType: resultType('SetAppIconSuccess'),
});

builder.mutationField('setAppIcon', (t) =>
  t.field({
    type: SetAppIconResult,
    authScopes: { role: 'OPERATOR' },
    description: 'Writes another icon into the app’s package.json.',
    args: {
      input: t.arg({
        type: SetAppIconInput,
        required: true,
        description: 'Parameters of `setAppIcon`.',
      }),
    },
    resolve: async (_root, { input }, context) => {
      const { supervisor } = context;
      const result = await commandApp(context, input.app, (ref, options) =>
        supervisor.setIcon(ref, input.icon ?? null, options),
      );
      return answer(withApp(result), errors);
    },
  }),
);
