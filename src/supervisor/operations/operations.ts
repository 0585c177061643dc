import type { AppRecord } from '../../contracts/stores.ts';
import type { AppRef, CommandOptions } from '../../contracts/supervisor.ts';
import type { AppId } from '../../core/app.ts';
import { failed, type Result } from '../../core/errors.ts';
import { appState } from '../../core/lifecycle.ts';
import { type Failures, operationFailed } from '../failures.ts';
import { NotCommitted } from '../journal.ts';
import type { Registry } from '../registry.ts';
import type { Runner } from '../runner.ts';

export type OperationName = 'rename' | 'removal' | 'activation' | 'port assignment';

/** The operations that exclude one another on one app (docs/behavior.md B-12), and what every command begins with. */
export interface Operations {
  /** Refuses every command from now on. */
  shutDown(): void;
  /**
   * Does `work` for a listed app. Where it throws NotCommitted, nothing has changed, and the answer says so: work that
   * has done something before catches that itself. What else it throws is logged whole and masked in the answer.
   */
  command<T>(ref: AppRef, work: (runner: Runner) => Promise<Result<T>>): Promise<Result<T>>;
  /** As `command`, where no other exclusive operation of the app is under way until `work` is done. */
  exclusive<T>(
    ref: AppRef,
    operation: OperationName,
    work: (runner: Runner) => Promise<Result<T>>,
  ): Promise<Result<T>>;
  /** Resolves when none is under way. */
  idle(): Promise<void>;
}

export type Command<T, I extends unknown[] = []> = (
  ref: AppRef,
  ...rest: [...I, options: CommandOptions]
) => Promise<Result<T>>;

export function createOperations(registry: Registry, failures: Failures): Operations {
  const underWay = new Map<AppId, OperationName>();
  const running = new Set<Promise<unknown>>();
  let stopping = false;

  function busy({ name, lifecycle }: AppRecord, operation: OperationName): Result<never> {
    const state = appState(lifecycle.phase) ?? 'STOPPED';
    const message = `A${operation === 'activation' ? 'n' : ''} ${operation} of ${name} is under way`;
    return failed({ code: 'APP_BUSY', message, state });
  }

  async function command<T>(ref: AppRef, work: (runner: Runner) => Promise<Result<T>>): Promise<Result<T>> {
    if (stopping) return operationFailed('The control plane is shutting down');
    const runner = registry.find(ref);
    if (!runner) return failed({ code: 'APP_NOT_FOUND', message: 'App not found' });
    const answer = work(runner).catch(answerTo);
    running.add(answer);
    return answer.finally(() => running.delete(answer));
  }

  function answerTo(error: unknown): Result<never> {
    return error instanceof NotCommitted ? failures.nothingChanged(error) : failures.unexpected(error);
  }

  return {
    shutDown() {
      stopping = true;
    },
    command,
    exclusive: (ref, operation, work) =>
      command(ref, async (runner) => {
        const { id } = runner.record;
        const other = underWay.get(id);
        if (other) return busy(runner.record, other);
        underWay.set(id, operation);
        try {
          return await work(runner);
        } finally {
          underWay.delete(id);
        }
      }),
    async idle() {
      await Promise.allSettled([...running]);
    },
  };
}
