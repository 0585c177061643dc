import { builder } from '../../builder.ts';
import { ErrorInterface, errorRef } from './error.ts';

export const InvalidInputError = errorRef('InvalidInputError');

builder.objectType(InvalidInputError, {
  description:
    'Something in the input does not fit: NAME_INVALID, ICON_INVALID, RELEASE_NOT_FOUND or INVALID_INPUT.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    path: t.stringList({
      description: 'Where in the input: the names of the fields, from the outermost on.',
      resolve: ({ path }) => [...path],
    }),
  }),
});
