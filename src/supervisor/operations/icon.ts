import type { AppRef, AppView, CommandOptions } from '../../contracts/supervisor.ts';
import { failed, ok, type Result } from '../../core/errors.ts';
import { iconProblem } from '../../core/icon.ts';
import { viewOf } from '../app-view.ts';
import { operationFailed } from '../failures.ts';
import type { Runner } from '../runner.ts';
import type { OperationParts } from './operations.ts';

/** Writes an app's icon into its package.json. */
export class IconChange {
  private readonly parts: OperationParts;

  constructor(parts: OperationParts) {
    this.parts = parts;
  }

  /** @param icon null removes it */
  set(ref: AppRef, icon: string | null, { actor }: CommandOptions): Promise<Result<AppView>> {
    return this.parts.operations.run(ref, (runner) => this.write(runner, icon, actor));
  }

  /** A write that a kill interrupted is done or not done: only its temporary files are left. */
  async clearUp(runner: Runner): Promise<void> {
    await this.parts.files.removeStrays(runner.record.name);
  }

  private async write(runner: Runner, icon: string | null, actor: string): Promise<Result<AppView>> {
    const { files, observations, failures } = this.parts;
    const { name, lifecycle } = runner.record;
    const problem = icon === null ? null : iconProblem(icon);
    if (problem !== null) return failed({ code: 'ICON_INVALID', message: problem, path: ['icon'] });
    if (lifecycle.invalid !== null) return failed({ code: 'APP_INVALID', message: lifecycle.invalid });
    // Another operation that is under way has an intent of its own, which must stay.
    if (runner.record.intent === null) await runner.command(null, actor, { intent: { operation: 'ICON' } });
    try {
      await files.writeIcon(name, icon);
    } catch (error) {
      endIntent(runner);
      return failures.nothingChanged(error);
    }
    try {
      const seen = await files.look(runner.record.name);
      if (seen) await observations.take(runner, seen, actor);
    } catch (error) {
      const reason = failures.reasonOf(error);
      return operationFailed(
        `package.json has the icon; the app shows it at the next look at it (${reason})`,
      );
    } finally {
      endIntent(runner);
    }
    return ok(viewOf(runner.record));
  }
}

function endIntent(runner: Runner): void {
  if (runner.record.intent?.operation === 'ICON') runner.post(null, { intent: null });
}
