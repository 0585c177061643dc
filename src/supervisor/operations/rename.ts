import type { AppFiles, Discovery } from '../../contracts/discovery.ts';
import type { AppView } from '../../contracts/supervisor.ts';
import { isAppName, nameProblem } from '../../core/app.ts';
import { failed, ok, type Result } from '../../core/errors.ts';
import { viewOf } from '../app-view.ts';
import type { Failures } from '../failures.ts';
import type { Observations } from '../observations.ts';
import type { Registry } from '../registry.ts';
import type { Runner } from '../runner.ts';
import { whenStill } from '../waiting.ts';
import type { Command, Operations } from './operations.ts';

export interface RenameOptions {
  readonly operations: Operations;
  readonly failures: Failures;
  readonly registry: Registry;
  readonly files: AppFiles;
  readonly discovery: Discovery;
  readonly observations: Observations;
  readonly dropGone: (runner: Runner) => Promise<void>;
}

/** The rename of docs/behavior.md A18: nothing is touched before every check has passed. */
export function createRename(options: RenameOptions): Command<AppView, [name: string]> {
  const { operations, failures, registry, files } = options;

  async function refusal(to: string): Promise<Result<never> | null> {
    const namesake = registry.find({ name: to }) !== null;
    if (namesake || (isAppName(to) && (await files.exists(to)))) {
      return failed({ code: 'NAME_TAKEN', message: 'An app with that name already exists' });
    }
    const problem = nameProblem(to);
    return problem === null ? null : failed({ code: 'NAME_INVALID', message: problem, path: ['name'] });
  }

  /** Nobody runs: moves the directory, then the record; where the second fails the first is undone. */
  async function move(runner: Runner, to: string, actor: string): Promise<Result<AppView>> {
    const { name: from } = runner.record;
    try {
      await files.rename(from, to);
    } catch (error) {
      return renameFailed(`Failed to rename directory: ${failures.reasonOf(error)}`);
    }
    try {
      const namesake = registry.named(to);
      if (namesake) await options.dropGone(namesake);
      const directory = (await files.look(to))?.directory ?? null;
      await runner.command(null, actor, { name: to, directory, intent: null });
    } catch (error) {
      return renameFailed(await undone(from, to, failures.reasonOf(error)));
    }
    options.discovery.renamed(from, to);
    return ok(viewOf(runner.record));
  }

  async function undone(from: string, to: string, reason: string): Promise<string> {
    try {
      await files.rename(to, from);
      return `The directory has its name again, ${from}: ${reason}`;
    } catch (error) {
      return `The directory is ${to} now, and the app could not follow (${reason}). Going back failed, too (${failures.reasonOf(error)}): rename it to ${from} by hand`;
    }
  }

  async function rename(runner: Runner, to: string, actor: string): Promise<Result<AppView>> {
    const { name: from } = runner.record;
    const refused = await refusal(to).catch((error) =>
      renameFailed(`Failed to rename directory: ${failures.reasonOf(error)}`),
    );
    if (refused) return refused;
    const problem = options.observations.appsDirProblem();
    if (problem !== null) return renameFailed(`Failed to rename directory: ${problem}`);
    const endShield = options.observations.shield(from, to);
    try {
      const intent = { operation: 'RENAME', from, to, actor } as const;
      await runner.command({ type: 'HOLD', operation: 'RENAME', actor }, actor, { intent });
      const moved = await whenStill(runner, 'RENAME')
        .then((still) => (still.ok ? move(runner, to, actor) : still))
        .finally(() => runner.post({ type: 'LET_GO', operation: 'RENAME' }, { intent: null }));
      return moved.ok ? ok(viewOf(runner.record)) : moved;
    } finally {
      endShield();
    }
  }

  return (ref, to, { actor }) => operations.exclusive(ref, 'rename', (runner) => rename(runner, to, actor));
}

function renameFailed(message: string): Result<never> {
  return failed({ code: 'RENAME_FAILED', message });
}
