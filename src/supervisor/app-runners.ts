import type { RunTokens } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import type { AppObservation } from '../contracts/discovery.ts';
import type { Driver } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunLogs } from '../contracts/logs.ts';
import type { AppRecord, AppStore, PortStore, RunStore } from '../contracts/stores.ts';
import type { AppId } from '../core/app.ts';
import { type AppFact, SUPERVISOR_ACTOR } from '../core/events.ts';
import { liveRun, NEW_LIFECYCLE, takenUp } from '../core/lifecycle.ts';
import type { Times } from '../core/times.ts';
import { isListed } from './app-view.ts';
import type { Effects } from './effects.ts';
import type { Journal } from './journal.ts';
import type { PortWatch } from './ports/watch.ts';
import type { Registry } from './registry.ts';
import type { RunAccess } from './run-access.ts';
import { type Change, Runner, type RunnerOptions } from './runner.ts';

interface AppRunnersParts {
  readonly stores: { readonly apps: AppStore; readonly runs: RunStore; readonly ports: PortStore };
  readonly registry: Registry;
  readonly journal: Journal;
  readonly effects: Effects;
  readonly runAccess: RunAccess;
  readonly runTokens: RunTokens;
  readonly portWatch: PortWatch;
  readonly driver: Driver;
  readonly logs: RunLogs;
  readonly clock: Clock;
  readonly times: Times;
  /** A number from 0 up to 1, anew at each call. */
  readonly chance: () => number;
  readonly logger: Logger;
}

/**
 * Makes the runner of each app and takes it away. After each commit of one, the other parts follow what it has
 * changed.
 */
export class AppRunners {
  private readonly parts: AppRunnersParts;
  private readonly options: RunnerOptions;

  constructor(parts: AppRunnersParts) {
    this.parts = parts;
    const { stores, driver, effects } = parts;
    let next = stores.runs.nextId();
    this.options = {
      ...parts,
      ...stores,
      boot: driver.boot.name,
      runIds: { peek: () => next, take: () => void next++ },
      effects,
      changed: (runner, change) => this.committed(runner, change),
    };
  }

  /** Takes up every app that the database has. @throws the database's error */
  load(): void {
    for (const record of this.parts.stores.apps.all())
      this.register({ ...record, lifecycle: takenUp(record.lifecycle) });
  }

  /**
   * A new app of this directory. Its record has a name and an identity only: post the observation to it.
   * @throws the database's error
   */
  add({ name, identity }: AppObservation): Runner {
    const record = this.parts.stores.apps.insert({
      name,
      identity,
      createdAt: this.parts.clock.now(),
      revision: 0,
      missingSince: null,
      manifest: null,
      release: null,
      directory: null,
      directoryIdentity: null,
      lifecycle: NEW_LIFECYCLE,
      intent: null,
      granted: null,
    });
    return this.register(record);
  }

  /**
   * Removes the app, of which no process is left, from the database with its port, its runs and its logs. Its
   * directory is the caller's.
   * @throws NotCommitted, and the app is still there
   */
  async drop(runner: Runner, actor = SUPERVISOR_ACTOR): Promise<void> {
    this.forget(runner, actor);
    await this.deleteLogs(runner.record.id);
  }

  /** As `drop`, but leaves the logs for `deleteLogs`. @throws NotCommitted, and the app is still there */
  forget(runner: Runner, actor: string): void {
    const { stores, journal, registry, portWatch, clock } = this.parts;
    const { record } = runner;
    const app = { id: record.id, name: record.name };
    journal.commit(() => {
      const port = stores.ports.release(record.id);
      stores.apps.remove(record.id);
      const facts: AppFact[] = [];
      if (port !== null) facts.push({ type: 'PortReleased', port });
      if (isListed(record)) facts.push({ type: 'AppRemoved' });
      return facts.map((fact) => ({ at: clock.now(), actor, fact, app }));
    });
    registry.remove(runner);
    runner.close();
    portWatch.check();
  }

  /** Never rejects: what stays is in the server's log. */
  async deleteLogs(app: AppId): Promise<void> {
    const { logs, logger } = this.parts;
    await logs
      .removeApp(app)
      .catch((err) => logger.error({ err, app }, 'the logs of a removed app could not be deleted'));
  }

  private register(record: AppRecord): Runner {
    const runner = new Runner(record, this.options);
    this.parts.registry.add(runner);
    return runner;
  }

  /** Called after each commit and before its effects run. */
  private committed(runner: Runner, { before, after, facts }: Change): void {
    const { registry, logs, driver, runAccess, runTokens, portWatch } = this.parts;
    if (before.name !== after.name) {
      registry.renamed(runner, before.name);
      logs.renamed(after.id, after.name);
    }
    const run = liveRun(after.lifecycle.phase);
    if (run && run.id !== liveRun(before.lifecycle.phase)?.id) {
      registry.runBegan(run.id, runner);
      logs.open({ id: run.id, app: after.id, appName: after.name }, driver.logs(run.id));
    }
    runAccess.changed(before, after);
    if (after.lifecycle.phase.kind === 'STOPPED' && after.lifecycle.phase.needsPort) portWatch.check();
    for (const fact of facts) {
      if (fact.type !== 'RunEnded') continue;
      registry.runEnded(fact.run);
      runTokens.end(fact.run);
    }
  }
}
