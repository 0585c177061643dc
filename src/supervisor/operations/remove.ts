import type { Clock } from '../../contracts/clock.ts';
import type { AppFiles, Discovery } from '../../contracts/discovery.ts';
import type { Logger } from '../../contracts/logger.ts';
import type { RunLogs } from '../../contracts/logs.ts';
import type { AppStore, PortStore } from '../../contracts/stores.ts';
import type { AppId } from '../../core/app.ts';
import { ok, type Result } from '../../core/errors.ts';
import { type AppFact, SUPERVISOR_ACTOR } from '../../core/events.ts';
import { isListed } from '../app-view.ts';
import { type Failures, operationFailed } from '../failures.ts';
import type { Journal } from '../journal.ts';
import type { Observations } from '../observations.ts';
import type { Registry } from '../registry.ts';
import type { Runner } from '../runner.ts';
import { whenStill } from '../waiting.ts';
import type { Command, Operations } from './operations.ts';

export interface RemoveOptions {
  readonly operations: Operations;
  readonly failures: Failures;
  readonly registry: Registry;
  readonly files: AppFiles;
  readonly observations: Pick<Observations, 'shield' | 'appsDirProblem'>;
  readonly discovery: Pick<Discovery, 'removed'>;
  readonly logs: RunLogs;
  readonly apps: AppStore;
  readonly ports: PortStore;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A port of the range came free. */
  readonly portFreed: () => void;
}

export interface Removal {
  readonly remove: Command<{ appId: AppId; appName: string }>;
  /** Drops what is kept of an app whose directory is gone. */
  readonly dropGone: (runner: Runner) => Promise<void>;
  /** Takes the app, whose directory is in the trash, out of the database. */
  readonly finishRemoval: (runner: Runner, actor: string) => Promise<void>;
}

export function createRemoval(options: RemoveOptions): Removal {
  const { operations, failures, registry, files, apps, ports, journal, clock, logger } = options;

  /** Takes the app out of the database with its port, and tells; its files are the caller's. */
  function forget(runner: Runner, actor: string): void {
    const { record } = runner;
    const app = { id: record.id, name: record.name };
    journal.commit(() => {
      const port = ports.release(record.id);
      apps.remove(record.id);
      const facts: AppFact[] = [];
      if (port !== null) facts.push({ type: 'PortReleased', port });
      if (isListed(record)) facts.push({ type: 'AppRemoved' });
      return facts.map((fact) => ({ at: clock.now(), actor, fact, app }));
    });
    registry.remove(runner);
    runner.close();
    options.portFreed();
  }

  async function drop(runner: Runner, actor: string): Promise<void> {
    forget(runner, actor);
    await forgetLogs(runner.record.id);
  }

  async function forgetLogs(app: AppId): Promise<void> {
    await options.logs.removeApp(app).catch((err) => logger.error({ err, app }, 'logs could not be removed'));
  }

  async function remove(runner: Runner, actor: string): Promise<Result<{ appId: AppId; appName: string }>> {
    const { id, name } = runner.record;
    const dirProblem = options.observations.appsDirProblem();
    if (dirProblem !== null) return operationFailed(`Nothing has changed: ${dirProblem}`);
    const endShield = options.observations.shield(name);
    try {
      const intent = { operation: 'REMOVE', actor } as const;
      await runner.command({ type: 'HOLD', operation: 'REMOVE', actor }, actor, { intent });
      const problem = await whenStill(runner, 'REMOVE')
        .then((still) => (still.ok ? moveAway(runner, actor) : still))
        // Means nothing to an app that is removed.
        .finally(() => runner.post({ type: 'LET_GO', operation: 'REMOVE' }, { intent: null }));
      if (problem) return problem;
    } finally {
      endShield();
    }
    await forgetLogs(id);
    return ok({ appId: id, appName: name });
  }

  /** To the trash and out of the database; where the second fails the first is undone. Null: done. */
  async function moveAway(runner: Runner, actor: string): Promise<Result<never> | null> {
    const { name } = runner.record;
    let trashed: string;
    try {
      trashed = await files.trash(name);
    } catch (error) {
      return operationFailed(`The directory could not be moved to the trash: ${failures.reasonOf(error)}`);
    }
    options.discovery.removed(name);
    try {
      forget(runner, actor);
      return null;
    } catch (error) {
      return operationFailed(await undone(trashed, name, failures.reasonOf(error)));
    }
  }

  async function undone(trashed: string, name: string, reason: string): Promise<string> {
    try {
      await files.restore(trashed, name);
      return `The directory is back in its place: ${reason}`;
    } catch (error) {
      return `The directory is in the trash (${trashed}), and the app is still listed (${reason}). Going back failed, too (${failures.reasonOf(error)}): move it back by hand`;
    }
  }

  return {
    remove: (ref, { actor }) => operations.exclusive(ref, 'removal', (runner) => remove(runner, actor)),
    dropGone: (runner) => drop(runner, SUPERVISOR_ACTOR),
    finishRemoval: drop,
  };
}
