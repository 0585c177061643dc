import type { DomainError } from '../../../src/core/errors.ts';
import { builder } from '../../builder.ts';
import { type ErrorOf, type ErrorTypeName, errorTypeOf } from '../../error-types.ts';
import { ErrorCode } from '../error-code.ts';

export const ErrorInterface = builder.interfaceRef<DomainError>('Error').implement({
  description: 'What a caller can act on. Everything else is a GraphQL error.',
  resolveType: (error) => errorTypeOf(error.code),
  fields: (t) => ({
    code: t.field({
      type: ErrorCode,
      description: 'What kind of failure it is, for programs.',
      resolve: (error) => error.code,
    }),
    message: t.string({ description: 'What was wrong, for people.', resolve: (error) => error.message }),
  }),
});

/** The object type of a failure. */
export function errorRef<Name extends ErrorTypeName>(name: Name) {
  return builder.objectRef<ErrorOf<Name>>(name);
}
