import type { AppRecord } from '../contracts/stores.ts';
import type { Supervisor } from '../contracts/supervisor.ts';
import { type AppId, isDown } from '../core/app.ts';
import { liveRun, takenUp } from '../core/lifecycle.ts';
import { createAppAccess } from './app-access.ts';
import { viewOf } from './app-view.ts';
import { connectDriver } from './driver-events.ts';
import { createEffects } from './effects.ts';
import { Failures } from './failures.ts';
import { createJournal } from './journal.ts';
import { startMaintenance } from './maintenance.ts';
import { createObservations } from './observations.ts';
import { createActivation } from './operations/activate.ts';
import { createOperations } from './operations/operations.ts';
import { createRemoval } from './operations/remove.ts';
import { createRename } from './operations/rename.ts';
import { createCommands } from './operations/start-stop.ts';
import type { SupervisorControl, SupervisorOptions } from './options.ts';
import { createPortAllocator } from './ports/allocator.ts';
import { createPortViews } from './ports/views.ts';
import { createPortWatch } from './ports/watch.ts';
import { recoverRuns } from './recovery.ts';
import { Registry } from './registry.ts';
import { type Change, Runner } from './runner.ts';
import { shutDown } from './shutdown.ts';
import { settleUnfinished } from './unfinished.ts';

export type { SupervisorControl, SupervisorOptions } from './options.ts';

export function createSupervisor(options: SupervisorOptions): SupervisorControl {
  const { stores, driver, runTokens, logs, discovery, files, clock, logger, times, range } = options;
  const startedAt = clock.now();
  const registry = new Registry();
  const journal = createJournal({ ...stores, transactions: stores, clock, logger });
  const failures = new Failures(logger);
  const operations = createOperations(registry, failures);
  const never = () => [options.server.port()];
  const allocator = createPortAllocator({
    range,
    never,
    ports: stores.ports,
    probe: options.portProbe,
    patience: times.portPatience,
    isFormer: async (app, pid) => {
      const run = await driver.runOf(pid);
      return run !== null && stores.runs.get(run)?.app === app;
    },
    journal,
    clock,
    goneApps: () => registry.gone(),
  });
  const spec = { appsDir: options.appsDir, markPrefix: options.markPrefix, url: options.server.url };
  const effects = createEffects({ ...options, ...spec, allocator, healthTimeout: times.healthTimeout });
  const appAccess = createAppAccess(options);
  let nextRun = stores.runs.nextId();
  const runIds = { peek: () => nextRun, take: () => void nextRun++ };
  let state: 'STARTING' | 'READY' | 'STOPPING' = 'STARTING';

  function createRunner(record: AppRecord): Runner {
    return new Runner(record, {
      ...stores,
      journal,
      clock,
      times,
      logger,
      runIds,
      boot: driver.boot.name,
      chance: options.chance,
      perform: effects.perform,
      changed,
    });
  }

  function changed(runner: Runner, { before, after, facts }: Change): void {
    if (before.name !== after.name) {
      registry.renamed(runner, before.name);
      logs.renamed(after.id, after.name);
    }
    const run = liveRun(after.lifecycle.phase);
    if (run && run.id !== liveRun(before.lifecycle.phase)?.id) {
      registry.runBegan(run.id, runner);
      logs.open({ id: run.id, app: after.id, appName: after.name }, driver.logs(run.id));
    }
    appAccess.changed(before, after);
    if (after.lifecycle.phase.kind === 'STOPPED' && after.lifecycle.phase.needsPort) portWatch.check();
    for (const fact of facts) {
      if (fact.type !== 'RunEnded') continue;
      registry.runEnded(fact.run);
      effects.forget(fact.run);
      runTokens.end(fact.run);
    }
  }

  const ports = createPortViews({
    range,
    never,
    ports: stores.ports,
    probe: options.portProbe,
    driver,
    registry,
  });
  const portWatch = createPortWatch({ registry, allocator, clock, logger });
  const portFreed = portWatch.check;

  const { dropGone, remove, finishRemoval } = createRemoval({
    operations,
    failures,
    registry,
    files,
    discovery,
    observations: {
      shield: (...names) => observations.shield(...names),
      appsDirProblem: () => observations.appsDirProblem(),
    },
    logs,
    apps: stores.apps,
    ports: stores.ports,
    journal,
    clock,
    logger,
    portFreed,
  });
  const observations = createObservations({
    registry,
    apps: stores.apps,
    files,
    clock,
    logger,
    boot: driver.boot,
    createRunner,
    dropGone,
  });
  const commands = createCommands({ operations, failures, files, observations, allocator, portFreed });
  const { recovering } = connectDriver({ driver, logs, registry, runTokens, logger });
  const activation = createActivation({ operations, failures, files, observations, journal, logger });
  const isStopping = () => state === 'STOPPING';
  let endMaintenance = () => {};
  let starting: Promise<void> = Promise.resolve();

  function load(): void {
    for (const record of stores.apps.all()) {
      registry.add(createRunner({ ...record, lifecycle: takenUp(record.lifecycle) }));
    }
  }

  function start(): Promise<void> {
    starting = boot();
    return starting;
  }

  async function boot(): Promise<void> {
    load();
    await settleUnfinished({ registry, files, logger, dropGone, finishRemoval });
    const { recovered, lost } = await recoverRuns({ ...options, ...spec, ...stores, registry, recovering });
    for (const { record } of registry.all()) appAccess.apply(record);
    journal.tell({ type: 'SupervisorStarted', recoveredRuns: recovered, lostRuns: lost });
    if (isStopping()) return;
    const running = registry.all().filter(({ record }) => liveRun(record.lifecycle.phase) !== null);
    await discovery.start(
      observations,
      running.map(({ record: { name, identity } }) => ({ name, identity })),
    );
    await observations.drained();
    observations.bootDone();
    if (isStopping()) return;
    for (const runner of registry.all()) activation.resume(runner);
    endMaintenance = startMaintenance({ ...options, events: stores.events, registry, dropGone });
    state = 'READY';
  }

  async function shutdown(detach: boolean): Promise<{ clean: boolean }> {
    state = 'STOPPING';
    operations.shutDown();
    endMaintenance();
    portWatch.close();
    // A start that is under way gets no further than it must; where it failed, whoever began it knows.
    await starting.catch(() => {});
    const { stopGrace } = times;
    const clean = await shutDown({
      ...options,
      detach,
      stopGrace,
      registry,
      journal,
      operations,
      observations,
    });
    return { clean };
  }

  function problems(): readonly string[] {
    if (state === 'STARTING') return ['The control plane is starting'];
    if (isStopping()) return ['The control plane is shutting down'];
    const problem = observations.appsDirProblem();
    return problem === null ? [] : [problem];
  }

  async function usage(app: AppId) {
    const phase = registry.withId(app)?.record.lifecycle.phase;
    const run = phase && liveRun(phase);
    if (!run) return null;
    const { pids, cpuPercent, memoryBytes } = await driver.status(run.id);
    return pids.length === 0 ? null : { cpuPercent, memoryBytes, processes: pids.length };
  }

  const supervisor: Supervisor = {
    info: {
      version: options.version,
      startedAt,
      appsDir: options.appsDir,
      engine: driver.name,
      containment: driver.capabilities.containment,
    },
    apps: () => registry.listed().map(({ record }) => viewOf(record)),
    app: (ref) => nullable(registry.find(ref), ({ record }) => viewOf(record)),
    appById: (id) => nullable(registry.withId(id), ({ record }) => viewOf(record)),
    ...commands,
    rename: createRename({ operations, failures, registry, files, discovery, observations, dropGone }),
    remove,
    activateRelease: activation.activate,
    access: appAccess.of,
    run: (id) => stores.runs.get(id),
    runs: (app, request) => stores.runs.page(app, request),
    runCount: (app) => stores.runs.count(app),
    releases: async (app) => {
      const runner = registry.find({ id: app });
      return runner ? files.releases(runner.record.name) : [];
    },
    usage,
    ports: ports.all,
    portOf: ports.ofApp,
    portById: ports.withId,
    portRange: ports.range,
  };

  return {
    supervisor,
    events: journal,
    readiness: { problems, appsDown: () => supervisor.apps().filter(isDown).length },
    start,
    shutdown,
    runIsLive: (run) => registry.ofRun(run) !== null,
    diskChanged(freeBytes) {
      journal.tell(freeBytes === null ? { type: 'DiskRecovered' } : { type: 'DiskLow', freeBytes });
    },
    force() {
      for (const runner of registry.all()) {
        const run = liveRun(runner.record.lifecycle.phase);
        if (!run) continue;
        // As at the end of its grace, so that its exit says so; and at once, where the database takes no changes.
        runner.post({ type: 'TIMER', timer: 'grace' });
        driver.signal(run.id, 'SIGKILL');
      }
    },
  };
}

function nullable<T, R>(value: T | null, map: (value: T) => R): R | null {
  return value === null ? null : map(value);
}
