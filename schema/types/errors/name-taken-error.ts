import { builder } from '../../builder.ts';
import { ErrorInterface, errorRef } from '../../errors.ts';

export const NameTakenError = errorRef('NameTakenError');

builder.objectType(NameTakenError, {
  description: 'Another app, or another directory, has that name.',
  interfaces: [ErrorInterface],
});
