import type { AppFileRepair, AppFiles, Discovery } from '../../contracts/discovery.ts';
import type { Logger } from '../../contracts/logger.ts';
import type { AppRecord } from '../../contracts/stores.ts';
import type { AppRef } from '../../contracts/supervisor.ts';
import type { AppId } from '../../core/app.ts';
import { failed, type Result } from '../../core/errors.ts';
import { appState } from '../../core/lifecycle.ts';
import type { AppRunners } from '../app-runners.ts';
import { type Failures, operationFailed } from '../failures.ts';
import { type Journal, NotCommitted } from '../journal.ts';
import type { Observations } from '../observations.ts';
import type { PortAllocator } from '../ports/allocator.ts';
import type { PortWatch } from '../ports/watch.ts';
import type { Registry } from '../registry.ts';
import type { Runner } from '../runner.ts';

/** What the operations work with. */
export interface OperationParts {
  readonly operations: Operations;
  readonly failures: Failures;
  readonly registry: Registry;
  readonly runners: AppRunners;
  readonly observations: Observations;
  readonly allocator: PortAllocator;
  readonly portWatch: PortWatch;
  readonly files: AppFiles & AppFileRepair;
  readonly discovery: Pick<Discovery, 'renamed' | 'removed'>;
  readonly journal: Journal;
  readonly logger: Logger;
}

type ExclusiveOperation = 'rename' | 'removal' | 'activation' | 'port assignment';

/** How every operation on an app begins and ends, and which ones exclude one another (docs/behavior.md B-12). */
export class Operations {
  private readonly registry: Registry;
  private readonly failures: Failures;
  private readonly exclusives = new Map<AppId, ExclusiveOperation>();
  private readonly running = new Set<Promise<unknown>>();
  private refusing = false;

  constructor(registry: Registry, failures: Failures) {
    this.registry = registry;
    this.failures = failures;
  }

  /**
   * Does `work` for a listed app. Where it throws NotCommitted, nothing has changed, and the answer says so: work that
   * has done something before catches that itself. What else it throws is logged whole and masked in the answer.
   */
  async run<T>(ref: AppRef, work: (runner: Runner) => Promise<Result<T>>): Promise<Result<T>> {
    if (this.refusing) return operationFailed('The control plane is shutting down');
    const runner = this.registry.find(ref);
    if (!runner) return failed({ code: 'APP_NOT_FOUND', message: 'App not found' });
    const answer = work(runner).catch((error) => this.answerTo(error));
    this.running.add(answer);
    return answer.finally(() => this.running.delete(answer));
  }

  /** As `run`; APP_BUSY while another exclusive operation of the app is under way. */
  runExclusive<T>(
    ref: AppRef,
    operation: ExclusiveOperation,
    work: (runner: Runner) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return this.run(ref, async (runner) => {
      const { id } = runner.record;
      const other = this.exclusives.get(id);
      if (other) return busy(runner.record, other);
      this.exclusives.set(id, operation);
      try {
        return await work(runner);
      } finally {
        this.exclusives.delete(id);
      }
    });
  }

  /** From now on every operation is answered with an error. */
  refuseAll(): void {
    this.refusing = true;
  }

  /** Resolves when those that are under way now have ended. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.running]);
  }

  private answerTo(error: unknown): Result<never> {
    return error instanceof NotCommitted
      ? this.failures.nothingChanged(error)
      : this.failures.unexpected(error);
  }
}

function busy({ name, lifecycle }: AppRecord, operation: ExclusiveOperation): Result<never> {
  const state = appState(lifecycle.phase) ?? 'STOPPED';
  const message = `A${operation === 'activation' ? 'n' : ''} ${operation} of ${name} is under way`;
  return failed({ code: 'APP_BUSY', message, state });
}
