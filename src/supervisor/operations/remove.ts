import type { AppRef, CommandOptions, RemovedApp } from '../../contracts/supervisor.ts';
import { ok, type Result } from '../../core/errors.ts';
import type { Intent } from '../../core/intent.ts';
import { operationFailed } from '../failures.ts';
import type { Runner } from '../runner.ts';
import { whenStill } from '../waiting.ts';
import type { OperationParts } from './operations.ts';

/** Stops an app, moves its directory to the trash and removes it from the database. */
export class Removal {
  private readonly parts: OperationParts;

  constructor(parts: OperationParts) {
    this.parts = parts;
  }

  remove(ref: AppRef, { actor }: CommandOptions): Promise<Result<RemovedApp>> {
    return this.parts.operations.runExclusive(ref, 'removal', (runner) => this.stopAndMove(runner, actor));
  }

  /** Finishes a removal that a kill interrupted. False: the directory was not moved yet. */
  async finish(runner: Runner, { actor }: Extract<Intent, { operation: 'REMOVE' }>): Promise<boolean> {
    const { identity } = runner.record;
    if (identity === null || !(await this.parts.files.isTrashed(identity))) return false;
    await this.parts.runners.drop(runner, actor);
    return true;
  }

  private async stopAndMove(runner: Runner, actor: string): Promise<Result<RemovedApp>> {
    const { observations, runners } = this.parts;
    const { id, name } = runner.record;
    const problem = observations.appsDirProblem();
    if (problem !== null) return operationFailed(`Nothing has changed: ${problem}`);
    const endShield = observations.shield(name);
    try {
      const intent = { operation: 'REMOVE', actor } as const;
      await runner.command({ type: 'HOLD', operation: 'REMOVE', actor }, actor, { intent });
      const failure = await whenStill(runner, 'REMOVE')
        .then((still) => (still.ok ? this.moveAway(runner, actor) : still))
        // The runner of an app that is removed ignores it.
        .finally(() => runner.post({ type: 'LET_GO', operation: 'REMOVE' }, { intent: null }));
      if (failure) return failure;
    } finally {
      endShield();
    }
    await runners.deleteLogs(id);
    return ok({ appId: id, appName: name });
  }

  /** To the trash, then out of the database. Where the second fails, the first is undone. Null: it is done. */
  private async moveAway(runner: Runner, actor: string): Promise<Result<never> | null> {
    const { files, discovery, runners, failures } = this.parts;
    const { name } = runner.record;
    let trashed: string;
    try {
      trashed = await files.trash(name);
    } catch (error) {
      return operationFailed(`The directory could not be moved to the trash: ${failures.reasonOf(error)}`);
    }
    discovery.removed(name);
    try {
      runners.forget(runner, actor);
      return null;
    } catch (error) {
      return operationFailed(await this.undo(trashed, name, failures.reasonOf(error)));
    }
  }

  private async undo(trashed: string, name: string, reason: string): Promise<string> {
    const { files, failures } = this.parts;
    try {
      await files.restore(trashed, name);
      return `The directory is back in its place: ${reason}`;
    } catch (error) {
      return `The directory is in the trash (${trashed}), and the app is still listed (${reason}). Going back failed, too (${failures.reasonOf(error)}): move it back by hand`;
    }
  }
}
