import type { Clock } from '../contracts/clock.ts';
import type { Driver, Recovery } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunLogs } from '../contracts/logs.ts';
import type { RunStore } from '../contracts/stores.ts';
import { liveRun } from '../core/lifecycle.ts';
import type { LifecycleEvent } from '../core/lifecycle-events.ts';
import type { Run } from '../core/run.ts';
import type { DriverEvents } from './driver-events.ts';
import type { Registry } from './registry.ts';
import { markOf, type SpecOptions, specOf } from './run-spec.ts';
import type { Runner } from './runner.ts';

interface RecoveryOptions extends SpecOptions {
  readonly registry: Registry;
  readonly driver: Driver;
  readonly runs: Pick<RunStore, 'page'>;
  readonly logs: RunLogs;
  readonly driverEvents: DriverEvents;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface RecoveryCount {
  readonly recovered: number;
  readonly lost: number;
}

/** How long ends wait for their logs, in milliseconds: a database that takes no marks (a full disk) must not hold up the start. */
const LOGS_MAY_TAKE = 5_000;

/**
 * Takes back the runs of a control plane that is gone: those that go on go on, those that ended have
 * ended as they did, and a process that belongs to no run is ended.
 */
export async function recoverRuns(options: RecoveryOptions): Promise<RecoveryCount> {
  const { registry, driver, markPrefix, clock, logger } = options;
  const live = registry.all().flatMap((runner) => {
    const run = liveRun(runner.record.lifecycle.phase);
    return run ? [{ runner, run }] : [];
  });
  const strangers = await driver.endStrangers(new Set(live.map(({ run }) => markOf(markPrefix, run.id))));
  if (strangers > 0) logger.warn({ strangers }, 'ended processes that belonged to no run');
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(LOGS_MAY_TAKE, resolve);
  });
  const found = await Promise.all(live.map(({ runner, run }) => recoverRun(runner, run, options, late)));
  cancel();
  await completeLogs(options);
  return {
    recovered: found.filter((recovery) => recovery.found === 'ALIVE').length,
    lost: found.filter((recovery) => recovery.found === 'ENDED' && recovery.code === null).length,
  };
}

const NEWEST = { after: null, before: null, limit: 1, forward: true };

/** What was written to a run last, right behind its end, may have had no time to be marked: it can only be an app's last. */
async function completeLogs(options: RecoveryOptions): Promise<void> {
  const { registry, runs, driver, logs } = options;
  for (const { record } of registry.all()) {
    if (liveRun(record.lifecycle.phase)) continue;
    const [run] = runs.page(record.id, NEWEST).runs;
    if (!run) continue;
    logs.open({ id: run.id, app: record.id, appName: record.name }, driver.logs(run.id));
    void finishLog(run, options);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function finishLog(run: Run, { logs, logger }: RecoveryOptions): Promise<void> {
  return logs.finish(run.id).catch((err) => logger.error({ err, run: run.id }, 'a log could not be closed'));
}

async function recoverRun(
  runner: Runner,
  run: Run,
  options: RecoveryOptions,
  late: Promise<void>,
): Promise<Recovery> {
  const { driver, logs, registry } = options;
  registry.runBegan(run.id, runner);
  logs.open({ id: run.id, app: runner.record.id, appName: runner.record.name }, driver.logs(run.id));
  options.driverEvents.hold(run.id);
  const recovery = await ask(runner, run, options);
  if (recovery.found === 'ENDED') await Promise.race([finishLog(run, options), late]);
  runner.post(eventOf(run, recovery));
  options.driverEvents.release(run.id);
  return recovery;
}

async function ask(runner: Runner, run: Run, options: RecoveryOptions): Promise<Recovery> {
  const lost: Recovery = { found: 'ENDED', code: null, signal: null, at: null, rebooted: false };
  try {
    return await options.driver.recover(specOf(runner.record, run, options), run.handle);
  } catch (error) {
    options.logger.error(
      { err: error, app: runner.record.name, run: run.id },
      'a run could not be recovered',
    );
    return lost;
  }
}

function eventOf(run: Run, recovery: Recovery): LifecycleEvent {
  switch (recovery.found) {
    case 'NOT_STARTED':
      return { type: 'NOT_STARTED', run: run.id };
    case 'ALIVE':
      return { ...recovery, type: 'RECOVERED', run: run.id };
    case 'ENDED':
      return { ...recovery, type: 'FOUND_ENDED', run: run.id };
  }
}
