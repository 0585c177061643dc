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
export type ErrorTypeName = TypeOf<Code>;

/** The failures that an object type stands for. */
export type ErrorOf<Name extends ErrorTypeName> = Extract<
  DomainError,
  { readonly code: { [C in Code]: TypeOf<C> extends Name ? C : never }[Code] }
>;

export function errorTypeOf(code: Code): ErrorTypeName {
  return TYPES[code];
}

const ErrorCode = builder.enumType('ErrorCode', {
  description: 'What kind of failure it is, for programs; the message is for people.',
  values: {
    APP_NOT_FOUND: { description: 'No listed app has that id or name.' },
    APP_INVALID: { description: 'The app cannot be started as it is: see `App.error`.' },
    APP_BUSY: { description: 'A rename, removal or activation of the same app is under way.' },
    START_FAILED: { description: 'The run ended before it was ready.' },
    STOP_FAILED: { description: 'Processes of the run could not be ended.' },
    NAME_INVALID: { description: 'The name is not an app name.' },
    NAME_TAKEN: { description: 'Another app, or another directory, has that name.' },
    RENAME_FAILED: { description: 'The directory could not be renamed.' },
    ICON_INVALID: { description: 'The icon is neither one symbol nor a short text.' },
    PORT_UNAVAILABLE: { description: 'The port is held by somebody else, or none is left.' },
    RELEASE_NOT_FOUND: { description: 'The app has no release of that name.' },
    INVALID_INPUT: { description: 'Something in the input does not fit: see `path`.' },
    OPERATION_FAILED: { description: 'The disk, the file system or the database said no.' },
  },
});

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

/** One of them, whichever. */
export type ErrorRef = ReturnType<typeof errorRef<ErrorTypeName>>;

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

export const OperationFailedError = errorRef('OperationFailedError');

builder.objectType(OperationFailedError, {
  description:
    'The disk, the file system or the database said no. The message says what was done, where anything was. RENAME_FAILED or OPERATION_FAILED.',
  interfaces: [ErrorInterface],
});
