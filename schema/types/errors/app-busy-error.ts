import { builder } from '../../builder.ts';
import { ErrorInterface, errorRef } from '../../errors.ts';
import { AppState } from '../app-state.ts';

export const AppBusyError = errorRef('AppBusyError');

builder.objectType(AppBusyError, {
  description: 'A rename, removal or activation of the same app is under way.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    state: t.expose('state', { type: AppState, description: 'Where the app is in its life.' }),
  }),
});
