import { builder } from '../../builder.ts';
import { ErrorInterface, errorRef } from '../../errors.ts';

export const AppNotFoundError = errorRef('AppNotFoundError');

builder.objectType(AppNotFoundError, {
  description: 'No listed app has that id or name.',
  interfaces: [ErrorInterface],
});
