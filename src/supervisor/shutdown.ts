import type { Clock } from '../contracts/clock.ts';
import type { Discovery } from '../contracts/discovery.ts';
import type { Driver } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunLogs } from '../contracts/logs.ts';
import { SUPERVISOR_ACTOR } from '../core/events.ts';
import { liveRun } from '../core/lifecycle.ts';
import type { Journal } from './journal.ts';
import type { Observations } from './observations.ts';
import type { Operations } from './operations/operations.ts';
import type { Registry } from './registry.ts';
import type { Runner } from './runner.ts';
import { whenStill } from './waiting.ts';

interface ShutdownOptions {
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

/** The shutdown of docs/behavior.md A21. Returns whether every app ended without SIGKILL. */
export async function shutDown(options: ShutdownOptions): Promise<boolean> {
  const { detach, registry, discovery, driver, logs } = options;
  options.journal.record({ type: 'SupervisorStopping', detached: detach });
  await discovery.close();
  await options.observations.drained();
  options.observations.close();
  const ends = detach ? [] : await endAll(options);
  // An operation between two steps finishes or undoes them, now that its app has no process.
  if (!detach && ends) await options.operations.idle();
  for (const runner of registry.all()) runner.close();
  // Closing the runners has answered the operations that waited for an app that runs on or was given up.
  await options.operations.idle();
  driver.close();
  await logs.close();
  return ends?.every((clean) => clean) ?? false;
}

/**
 * For each app, whether it ended without SIGKILL. Where the database takes no changes (for example, the disk is full),
 * the apps are killed all the same, without a record of it. The answer is then null.
 */
async function endAll(options: ShutdownOptions): Promise<readonly boolean[] | null> {
  const { registry, driver, clock, stopGrace } = options;
  const ends = Promise.all(registry.all().map((runner) => endApp(runner, driver)));
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(2 * stopGrace, resolve);
  });
  const answer = await Promise.race([ends, late]);
  cancel();
  if (answer) return answer;
  await killAll(options);
  return null;
}

/** How often it looks whether the killed processes are gone, in milliseconds, and how many times at most. */
const LOOK_EVERY = 100;
const LOOKS = 20;

async function killAll({ registry, driver, clock, logger }: ShutdownOptions): Promise<void> {
  const runs = registry.all().flatMap(({ record }) => liveRun(record.lifecycle.phase) ?? []);
  logger.error({ runs: runs.length }, 'gave up waiting for apps to end, and kills them');
  for (const run of runs) driver.signal(run.id, 'SIGKILL');
  for (let look = 1; look <= LOOKS; look++) {
    const found = await Promise.all(runs.map(({ id }) => driver.status(id)));
    if (found.every(({ pids }) => pids.length === 0)) return;
    await new Promise<void>((resolve) => void clock.after(LOOK_EVERY, resolve));
  }
}

async function endApp(runner: Runner, driver: Driver): Promise<boolean> {
  let killed = false;
  const end = runner.watch(({ after: { lifecycle } }) => {
    killed ||= lifecycle.phase.kind === 'ENDING' && lifecycle.phase.killed;
  });
  runner.post({ type: 'HOLD', operation: 'SHUTDOWN', actor: SUPERVISOR_ACTOR });
  const { hold, phase } = runner.record.lifecycle;
  const run = liveRun(phase);
  // The hold was not committed, because the database takes no changes: ask the app to end all the same.
  if (run && hold?.operation !== 'SHUTDOWN') driver.stop(run.id);
  const still = await whenStill(runner, 'SHUTDOWN');
  end();
  return still.ok && !killed;
}
