import type { AppRecord } from '../../contracts/stores.ts';
import type { AppRef, AppView, CommandOptions } from '../../contracts/supervisor.ts';
import { failed, ok, type Result } from '../../core/errors.ts';
import { viewOf } from '../app-view.ts';
import type { Runner } from '../runner.ts';
import { whenStarted, whenStopped } from '../waiting.ts';
import type { Operations } from './operations.ts';

/** Start, restart and stop. They never exclude one another: the last one decides (docs/behavior.md B-12). */
export class StartStop {
  private readonly operations: Operations;

  constructor(operations: Operations) {
    this.operations = operations;
  }

  start(ref: AppRef, { actor, wait }: CommandOptions): Promise<Result<AppView>> {
    return this.operations.run(ref, async (runner) => {
      await runner.command({ type: 'START', actor }, actor);
      return started(runner, wait);
    });
  }

  restart(ref: AppRef, { actor, wait }: CommandOptions): Promise<Result<AppView>> {
    return this.operations.run(ref, async (runner) => {
      await runner.command({ type: 'RESTART', actor, cause: 'COMMAND' }, actor);
      return started(runner, wait);
    });
  }

  stop(ref: AppRef, { actor, wait }: CommandOptions): Promise<Result<AppView>> {
    return this.operations.run(ref, async (runner) => {
      await runner.command({ type: 'STOP', actor }, actor);
      return answer(wait ? await whenStopped(runner) : ok(runner.record));
    });
  }
}

async function started(runner: Runner, wait = false): Promise<Result<AppView>> {
  const { invalid } = runner.record.lifecycle;
  // Its desired state is RUNNING now, and it starts as soon as it is valid.
  if (invalid !== null) return failed({ code: 'APP_INVALID', message: invalid });
  return answer(wait ? await whenStarted(runner) : ok(runner.record));
}

function answer(outcome: Result<AppRecord>): Result<AppView> {
  return outcome.ok ? ok(viewOf(outcome.value)) : outcome;
}
