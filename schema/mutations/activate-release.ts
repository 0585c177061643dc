import type { AppView } from '../../src/contracts/supervisor.ts';
import { AppRef, commandApp } from '../app-ref.ts';
import {
  AppBusyError,
  AppInvalidError,
  AppNotFoundError,
  PortUnavailableError,
  StartFailedError,
  StopFailedError,
} from '../apps/errors.ts';
import { builder } from '../builder.ts';
import { InvalidInputError, OperationFailedError } from '../errors.ts';
import { App } from '../refs.ts';
import { answer, resultType, withApp } from './answer.ts';

const ActivateReleaseInput = builder.inputType('ActivateReleaseInput', {
  description: 'Input of `activateRelease`.',
  fields: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to change.' }),
    release: t.string({ required: true, description: 'The release’s name, as `App.releases` tells it.' }),
    wait: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Answer when the app is ready on the new release, or back on the old one; else as soon as it is accepted.',
    }),
  }),
});

const ActivateReleaseSuccess = builder
  .objectRef<{ readonly app: AppView }>('ActivateReleaseSuccess')
  .implement({
    description: 'The release is the current one.',
    fields: (t) => ({ app: t.expose('app', { type: App, description: 'The app as it is now.' }) }),
  });

const errors = [
  AppNotFoundError,
  AppInvalidError,
  AppBusyError,
  InvalidInputError,
  StartFailedError,
  StopFailedError,
  PortUnavailableError,
  OperationFailedError,
];

const ActivateReleaseResult = builder.unionType('ActivateReleaseResult', {
  description: 'Result of `activateRelease`.',
  types: [ActivateReleaseSuccess, ...errors],
  resolveType: resultType('ActivateReleaseSuccess'),
});

builder.mutationField('activateRelease', (t) =>
  t.field({
    type: ActivateReleaseResult,
    authScopes: { role: 'ADMIN' },
    description:
      'Points `current` at a release and restarts the app. Where the new one does not become ready, it goes back to the release before.',
    args: {
      input: t.arg({
        type: ActivateReleaseInput,
        required: true,
        description: 'Parameters of `activateRelease`.',
      }),
    },
    resolve: async (_root, { input }, context) => {
      const { supervisor } = context;
      const result = await commandApp(context, input.app, (ref, options) =>
        supervisor.activateRelease(ref, input.release, { ...options, wait: input.wait }),
      );
      return answer(withApp(result), errors);
    },
  }),
);
