import type { Clock } from '../contracts/clock.ts';
import type { Discovery } from '../contracts/discovery.ts';
import type { Driver } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunLogs } from '../contracts/logs.ts';
import { SUPERVISOR_ACTOR } from '../core/events.ts';
import { liveRun } from '../core/lifecycle.ts';
import type { Journal } from './journal.ts';
import type { Observations } from './observations.ts';
import type { Operations } from './operations.ts';
import type { Registry } from './registry.ts';
import type { Runner } from './runner.ts';
import { whenStill } from './waiting.ts';

export interface ShutdownOptions {
  readonly detach: boolean;
  readonly registry: Registry;
  readonly journal: Journal;
  readonly operations: Operations;
  readonly observations: Observations;
  readonly discovery: Discovery;
  readonly driver: Driver;
  readonly logs: RunLogs;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly stopGrace: number;
  readonly logger: Logger;
}

/** The shutdown of BEHAVIOUR A21; answers whether every app ended without SIGKILL. */
export async function shutDown(options: ShutdownOptions): Promise<boolean> {
  const { detach, registry, discovery, driver, logs } = options;
  options.journal.tell({ type: 'SupervisorStopping', detached: detach });
  await discovery.close();
  await options.observations.drained();
  const ends = detach ? [] : await inTime(options, Promise.all(registry.all().map(endApp)));
  // An operation in between its steps finishes or undoes them: its app is still by now.
  if (!detach) await options.operations.idle();
  for (const runner of registry.all()) runner.close();
  driver.close();
  await logs.close();
  return ends.every((clean) => clean);
}

/** A database that takes no changes (a full disk) must not keep anybody's app alive: then they are ended without it. */
async function inTime(options: ShutdownOptions, ends: Promise<boolean[]>): Promise<boolean[]> {
  const { clock, stopGrace, registry, driver, logger } = options;
  let cancel = () => {};
  const late = new Promise<boolean[]>((resolve) => {
    cancel = clock.after(2 * stopGrace, () => {
      const runs = registry.all().flatMap(({ record }) => liveRun(record.lifecycle.phase) ?? []);
      for (const run of runs) driver.signal(run.id, 'SIGKILL');
      logger.error({ runs: runs.length }, 'gave up waiting for apps to end');
      resolve([false]);
    });
  });
  const answer = await Promise.race([ends, late]);
  cancel();
  return answer;
}

async function endApp(runner: Runner): Promise<boolean> {
  let killed = false;
  const end = runner.watch(({ after: { lifecycle } }) => {
    killed ||= lifecycle.phase.kind === 'ENDING' && lifecycle.phase.killed;
  });
  runner.post({ type: 'HOLD', operation: 'SHUTDOWN', actor: SUPERVISOR_ACTOR });
  const still = await whenStill(runner, 'SHUTDOWN');
  end();
  return still.ok && !killed;
}
