import type { Clock } from '../contracts/clock.ts';
import type { Discovery } from '../contracts/discovery.ts';
import type { Driver } from '../contracts/driver.ts';
import type { RunLogs } from '../contracts/logs.ts';
import type { RunStore } from '../contracts/stores.ts';
import { SUPERVISOR_ACTOR } from '../core/events.ts';
import type { Intent } from '../core/intent.ts';
import { liveRun } from '../core/lifecycle.ts';
import type { AppRunners } from './app-runners.ts';
import type { DriverEvents } from './driver-events.ts';
import type { Journal } from './journal.ts';
import type { Observations } from './observations.ts';
import type { Activation } from './operations/activate.ts';
import type { IconChange } from './operations/icon.ts';
import type { OperationParts } from './operations/operations.ts';
import type { Removal } from './operations/remove.ts';
import type { Rename } from './operations/rename.ts';
import { recoverRuns } from './recovery.ts';
import type { RunAccess } from './run-access.ts';
import type { SpecOptions } from './run-spec.ts';
import type { Runner } from './runner.ts';

interface UnfinishedParts extends Pick<OperationParts, 'registry' | 'logger'> {
  readonly rename: Rename;
  readonly removal: Removal;
  readonly icon: IconChange;
  readonly activation: Activation;
}

export interface BootParts extends UnfinishedParts {
  readonly runners: AppRunners;
  readonly runs: RunStore;
  readonly runAccess: RunAccess;
  readonly observations: Observations;
  readonly discovery: Discovery;
  readonly driver: Driver;
  readonly driverEvents: DriverEvents;
  readonly logs: RunLogs;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly spec: SpecOptions;
}

/**
 * Takes up where the last control plane stopped: operations, then runs, then directories, then the apps that are to
 * run (docs/behavior.md A6). A shutdown that begins meanwhile ends it after the step that is under way.
 * @returns whether it came to its end
 * @throws the database's error
 */
export async function boot(parts: BootParts, isStopping: () => boolean): Promise<boolean> {
  const { registry, runners, runAccess, observations, discovery, journal, activation } = parts;
  runners.load();
  await settleUnfinished(parts);
  const { recovered, lost } = await recoverRuns({ ...parts, ...parts.spec });
  for (const { record } of registry.all()) runAccess.apply(record);
  journal.record({ type: 'SupervisorStarted', recoveredRuns: recovered, lostRuns: lost });
  if (isStopping()) return false;
  const running = registry.all().filter(({ record }) => liveRun(record.lifecycle.phase) !== null);
  await discovery.start(
    observations,
    running.map(({ record: { name, identity } }) => ({ name, identity })),
  );
  await observations.drained();
  observations.bootDone();
  if (isStopping()) return false;
  for (const runner of registry.all()) activation.resume(runner);
  return true;
}

/**
 * Finishes or undoes the operations that a kill of the last control plane interrupted. What has reached the app's files
 * is finished; all else is dropped. Runs before anything is recovered or started.
 */
async function settleUnfinished(parts: UnfinishedParts): Promise<void> {
  for (const runner of parts.registry.all()) {
    const { intent, name } = runner.record;
    if (!intent) continue;
    try {
      if (!(await isFinished(runner, intent, parts)))
        await runner.command(null, SUPERVISOR_ACTOR, { intent: null });
    } catch (err) {
      parts.logger.error(
        { err, app: name, intent },
        'an interrupted operation could be neither finished nor undone; the next start tries again',
      );
    }
  }
}

/** False: nothing of the operation is left to do, and the intent can go. */
async function isFinished(runner: Runner, intent: Intent, parts: UnfinishedParts): Promise<boolean> {
  switch (intent.operation) {
    case 'RENAME':
      return parts.rename.finish(runner, intent);
    case 'REMOVE':
      return parts.removal.finish(runner, intent);
    case 'ICON':
      await parts.icon.clearUp(runner);
      return false;
    case 'ACTIVATE':
      return parts.activation.isPointed(runner, intent);
  }
}
