import type { DomainError, ErrorCode } from '../src/core/errors.ts';

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
} as const satisfies Readonly<Record<ErrorCode, string>>;

type TypeOf<Code extends ErrorCode> = (typeof TYPES)[Code];

/** The object types that implement `Error`. */
export type ErrorTypeName = TypeOf<ErrorCode>;

/** The failures that an object type stands for. */
export type ErrorOf<Name extends ErrorTypeName> = Extract<
  DomainError,
  { readonly code: { [Code in ErrorCode]: TypeOf<Code> extends Name ? Code : never }[ErrorCode] }
>;

export function errorTypeOf(code: ErrorCode): ErrorTypeName {
  return TYPES[code];
}
