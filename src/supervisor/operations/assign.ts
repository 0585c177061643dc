import type { AppRef, AppView, CommandOptions } from '../../contracts/supervisor.ts';
import type { Role } from '../../core/access.ts';
import { failed, ok, type Result } from '../../core/errors.ts';
import { appState, isStill } from '../../core/lifecycle.ts';
import { viewOf } from '../app-view.ts';
import type { Runner } from '../runner.ts';
import type { OperationParts } from './operations.ts';

/** Gives an app another port, or a role for this API. */
export class Assignments {
  private readonly parts: Pick<OperationParts, 'operations' | 'allocator' | 'portWatch'>;

  constructor(parts: Pick<OperationParts, 'operations' | 'allocator' | 'portWatch'>) {
    this.parts = parts;
  }

  assignPort(ref: AppRef, port: number, { actor }: CommandOptions): Promise<Result<AppView>> {
    return this.parts.operations.runExclusive(ref, 'port assignment', (runner) =>
      this.assignTo(runner, port, actor),
    );
  }

  grantAccess(ref: AppRef, role: Role | null, { actor }: CommandOptions): Promise<Result<AppView>> {
    return this.parts.operations.run(ref, async (runner) => {
      if (role === 'ADMIN') {
        const message = 'An app is never ADMIN: grant it VIEWER or OPERATOR';
        return failed({ code: 'INVALID_INPUT', message, path: ['role'] });
      }
      if (role !== runner.record.granted) await runner.command(null, actor, { granted: role });
      return ok(viewOf(runner.record));
    });
  }

  private async assignTo(runner: Runner, port: number, actor: string): Promise<Result<AppView>> {
    const { record } = runner;
    const { phase } = record.lifecycle;
    if (!isStill(phase)) {
      const state = appState(phase) ?? 'STOPPED';
      return failed({ code: 'APP_BUSY', message: `${record.name} is ${state}: stop it first`, state });
    }
    const assigned = await this.parts.allocator.assign(record, port, actor);
    if (!assigned.ok) return assigned;
    if (assigned.value) {
      runner.touch();
      this.parts.portWatch.check();
    }
    return ok(viewOf(runner.record));
  }
}
