import { builder } from '../../builder.ts';
import { ErrorInterface, errorRef } from '../../errors.ts';

export const AppInvalidError = errorRef('AppInvalidError');

builder.objectType(AppInvalidError, {
  description: 'The app cannot be started as it is: its manifest or its name is not valid.',
  interfaces: [ErrorInterface],
});
