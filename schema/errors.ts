import type { ErrorCode as Code, DomainError } from '../src/core/errors.ts';
import { builder } from './builder.ts';

const TYPES = {
  APP_NOT_FOUND: 'AppNotFoundError',
  APP_INVALID: 'AppInvalidError',
  APP_BUSY: 'AppBusyError',
  START_FAILED: 'StartFailedError',
  STOP_FAILED: 'StopFailedError',
  NAME_TAKEN: 'NameTakenError',
  PORT_UNAVAILABLE: 'PortUnavailableError',
  NAME_INVALID: 'InvalidInputError',
  ICON_INVALID: 'InvalidInputError',
  RELEASE_NOT_FOUND: 'InvalidInputError',
  INVALID_INPUT: 'InvalidInputError',
  RENAME_FAILED: 'OperationFailedError',
  OPERATION_FAILED: 'OperationFailedError',
} as const satisfies Readonly<Record<Code, string>>;

type TypeOf<C extends Code> = (typeof TYPES)[C];

/** The object types that implement `Error`. */
type ErrorTypeName = TypeOf<Code>;

/** The errors that an object type represents. */
export type ErrorOf<Name extends ErrorTypeName> = Extract<
  DomainError,
  { readonly code: { [C in Code]: TypeOf<C> extends Name ? C : never }[Code] }
>;

export function errorTypeOf(code: Code): ErrorTypeName {
  return TYPES[code];
}

const ErrorCode = builder.enumType('ErrorCode', {
  description: 'The kind of error, for programs. The message is for people.',
  values: {
    APP_NOT_FOUND: { description: 'No listed app has this id or name.' },
    APP_INVALID: { description: 'The app cannot start: see `App.error`.' },
    APP_BUSY: { description: 'A rename, removal or activation of the same app is in progress.' },
    START_FAILED: { description: 'The run ended before the app was ready.' },
    STOP_FAILED: { description: 'Some processes of the run could not be ended.' },
    NAME_INVALID: { description: 'The name is not valid for an app.' },
    NAME_TAKEN: { description: 'Another app or directory already has this name.' },
    RENAME_FAILED: { description: 'The directory could not be renamed.' },
    ICON_INVALID: { description: 'The icon is neither one symbol nor a short text.' },
    PORT_UNAVAILABLE: { description: 'Another process or app holds the port, or no port is free.' },
    RELEASE_NOT_FOUND: { description: 'The app has no release with this name.' },
    INVALID_INPUT: { description: 'Part of the input is not valid: see `path`.' },
    OPERATION_FAILED: { description: 'The disk, the file system or the database refused the operation.' },
  },
});

export const ErrorInterface = builder.interfaceRef<DomainError>('Error').implement({
  description: 'An error that a caller can act on. All other errors are GraphQL errors.',
  resolveType: (error) => errorTypeOf(error.code),
  fields: (t) => ({
    code: t.field({
      type: ErrorCode,
      description: 'The kind of error, for programs.',
      resolve: (error) => error.code,
    }),
    message: t.string({
      description: 'What went wrong and what to do, for people.',
      resolve: (error) => error.message,
    }),
  }),
});

/** The object type of an error. */
export function errorRef<Name extends ErrorTypeName>(name: Name) {
  return builder.objectRef<ErrorOf<Name>>(name);
}

/** The object type of any error. */
export type ErrorRef = ReturnType<typeof errorRef<ErrorTypeName>>;

export const InvalidInputError = errorRef('InvalidInputError');

builder.objectType(InvalidInputError, {
  description:
    'Part of the input is not valid: NAME_INVALID, ICON_INVALID, RELEASE_NOT_FOUND or INVALID_INPUT.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    path: t.stringList({
      description: 'The path to the part of the input: names of fields, outermost first.',
      resolve: ({ path }) => [...path],
    }),
  }),
});

export const OperationFailedError = errorRef('OperationFailedError');

builder.objectType(OperationFailedError, {
  description:
    'The disk, the file system or the database refused the operation: RENAME_FAILED or OPERATION_FAILED. If part of the operation took place, the message says which.',
  interfaces: [ErrorInterface],
});
