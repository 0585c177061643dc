import type { AppView } from '../../src/contracts/supervisor.ts';
import { type DomainError, ok, type Result } from '../../src/core/errors.ts';
import { type ErrorOf, errorTypeOf } from '../errors.ts';

/** The object type of a failure: its name, and what stands behind it. */
interface ErrorRef {
  readonly name: string;
  readonly $inferType: unknown;
}

/**
 * What a mutation answers: the success, or the failure where the result's union has a type for it.
 * One that has none there is told as an OperationFailedError with the same words.
 */
export function answer<T, E extends ErrorRef>(
  result: Result<T>,
  errors: readonly E[],
): T | E['$inferType'] | ErrorOf<'OperationFailedError'> {
  if (result.ok) return result.value;
  const { error } = result;
  return isOneOf(error, errors) ? error : { code: 'OPERATION_FAILED', message: error.message };
}

function isOneOf<E extends ErrorRef>(
  error: DomainError,
  errors: readonly E[],
): error is DomainError & E['$inferType'] {
  return errors.some(({ name }) => name === errorTypeOf(error.code));
}

/** Tells the failures of a result from its one success. */
export function resultType(success: string): (value: object) => string {
  return (value) => ('code' in value ? errorTypeOf((value as DomainError).code) : success);
}

/** As the successes have it that tell how the app is now. */
export function withApp(result: Result<AppView>): Result<{ readonly app: AppView }> {
  return result.ok ? ok({ app: result.value }) : result;
}
