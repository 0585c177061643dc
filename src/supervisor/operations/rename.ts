import type { AppRef, AppView, CommandOptions } from '../../contracts/supervisor.ts';
import { isAppName, nameProblem } from '../../core/app.ts';
import { failed, ok, type Result } from '../../core/errors.ts';
import type { Intent } from '../../core/intent.ts';
import { viewOf } from '../app-view.ts';
import type { Runner } from '../runner.ts';
import { whenStill } from '../waiting.ts';
import type { OperationParts } from './operations.ts';

/** Renames an app and its directory (docs/behavior.md A18). Nothing is touched before every check has passed. */
export class Rename {
  private readonly parts: OperationParts;

  constructor(parts: OperationParts) {
    this.parts = parts;
  }

  rename(ref: AppRef, name: string, { actor }: CommandOptions): Promise<Result<AppView>> {
    return this.parts.operations.runExclusive(ref, 'rename', (runner) =>
      this.checkAndMove(runner, name, actor),
    );
  }

  /** Finishes a rename that a kill interrupted. False: the directory was not moved yet. */
  async finish(
    runner: Runner,
    { from, to, actor }: Extract<Intent, { operation: 'RENAME' }>,
  ): Promise<boolean> {
    const { files, registry, runners } = this.parts;
    const seen = await files.look(to);
    if (!seen || seen.identity !== runner.record.identity || (await files.exists(from))) return false;
    const namesake = registry.named(to);
    if (namesake && namesake !== runner) await runners.drop(namesake);
    await runner.command(null, actor, { name: to, directory: seen.directory, intent: null });
    return true;
  }

  private async checkAndMove(runner: Runner, to: string, actor: string): Promise<Result<AppView>> {
    const { observations } = this.parts;
    const { name: from } = runner.record;
    const refused = await this.refusal(to).catch((error) => this.notMoved(error));
    if (refused) return refused;
    const problem = observations.appsDirProblem();
    if (problem !== null) return renameFailed(`Failed to rename directory: ${problem}`);
    const endShield = observations.shield(from, to);
    try {
      const intent = { operation: 'RENAME', from, to, actor } as const;
      await runner.command({ type: 'HOLD', operation: 'RENAME', actor }, actor, { intent });
      const moved = await whenStill(runner, 'RENAME')
        .then((still) => (still.ok ? this.move(runner, to, actor) : still))
        .finally(() => runner.post({ type: 'LET_GO', operation: 'RENAME' }, { intent: null }));
      return moved.ok ? ok(viewOf(runner.record)) : moved;
    } finally {
      endShield();
    }
  }

  private async refusal(to: string): Promise<Result<never> | null> {
    const { registry, files } = this.parts;
    const namesake = registry.find({ name: to }) !== null;
    if (namesake || (isAppName(to) && (await files.exists(to))))
      return failed({ code: 'NAME_TAKEN', message: 'An app with that name already exists' });
    const problem = nameProblem(to);
    return problem === null ? null : failed({ code: 'NAME_INVALID', message: problem, path: ['name'] });
  }

  /** No process of the app runs: moves the directory, then the record. Where the second fails, the first is undone. */
  private async move(runner: Runner, to: string, actor: string): Promise<Result<AppView>> {
    const { files, registry, runners, discovery, failures } = this.parts;
    const { name: from } = runner.record;
    try {
      await files.rename(from, to);
    } catch (error) {
      return this.notMoved(error);
    }
    try {
      const namesake = registry.named(to);
      if (namesake) await runners.drop(namesake);
      const directory = (await files.look(to))?.directory ?? null;
      await runner.command(null, actor, { name: to, directory, intent: null });
    } catch (error) {
      return renameFailed(await this.undo(from, to, failures.reasonOf(error)));
    }
    discovery.renamed(from, to);
    return ok(viewOf(runner.record));
  }

  private async undo(from: string, to: string, reason: string): Promise<string> {
    const { files, failures } = this.parts;
    try {
      await files.rename(to, from);
      return `The directory has its name again, ${from}: ${reason}`;
    } catch (error) {
      return `The directory is ${to} now, and the app could not follow (${reason}). Going back failed, too (${failures.reasonOf(error)}): rename it to ${from} by hand`;
    }
  }

  private notMoved(error: unknown): Result<never> {
    return renameFailed(`Failed to rename directory: ${this.parts.failures.reasonOf(error)}`);
  }
}

function renameFailed(message: string): Result<never> {
  return failed({ code: 'RENAME_FAILED', message });
}
