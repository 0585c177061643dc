import { builder } from '../../builder.ts';
import { ErrorInterface, errorRef } from '../../errors.ts';

export const StopFailedError = errorRef('StopFailedError');

builder.objectType(StopFailedError, {
  description: 'Processes of the app could not be ended.',
  interfaces: [ErrorInterface],
});
