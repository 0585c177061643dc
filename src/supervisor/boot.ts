import type { Clock } from '../contracts/clock.ts';
import type { Discovery } from '../contracts/discovery.ts';
import type { Driver } from '../contracts/driver.ts';
import type { RunLogs } from '../contracts/logs.ts';
import type { RunStore } from '../contracts/stores.ts';
import { liveRun } from '../core/lifecycle.ts';
import type { AppRunners } from './app-runners.ts';
import type { DriverEvents } from './driver-events.ts';
import type { Journal } from './journal.ts';
import type { Observations } from './observations.ts';
import { settleUnfinished, type UnfinishedParts } from './operations/unfinished.ts';
import { recoverRuns } from './recovery.ts';
import type { RunAccess } from './run-access.ts';
import type { SpecOptions } from './run-spec.ts';

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
