import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStores, type Stores } from '../../db/index.ts';
import { type AccessControl, createAccess, createSteadyTime } from '../../src/access/index.ts';
import type { ListeningAddress } from '../../src/contracts/driver.ts';
import type { RunLogs } from '../../src/contracts/logs.ts';
import type { ProbeResult } from '../../src/contracts/ports.ts';
import type { AppView, EventReader } from '../../src/contracts/supervisor.ts';
import type { Role } from '../../src/core/access.ts';
import type { AppId } from '../../src/core/app.ts';
import type { PortHolder } from '../../src/core/errors.ts';
import type { JournalEvent } from '../../src/core/events.ts';
import type { RunId } from '../../src/core/run.ts';
import type { RunEvent } from '../../src/core/run-events.ts';
import { DEFAULT_TIMES, type Times } from '../../src/core/times.ts';
import { createSupervisor, Journal, Registry, type SupervisorControl } from '../../src/supervisor/index.ts';
import { createFakeDriver, type FakeDriver, type FakeRun } from './fake-driver.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createScriptedFiles, type ScriptedFiles } from './scripted-files.ts';

/** A whole supervisor on a real database, with a driver, a clock and directories that the test owns. */
export interface Stage {
  readonly clock: ManualClock;
  readonly driver: FakeDriver;
  readonly folders: ScriptedFiles;
  readonly stores: Stores;
  readonly databaseFile: string;
  /** Ports that somebody else listens on. */
  readonly foreign: Map<number, PortHolder>;
  /** While it is one, nobody can look at ports. */
  breakProbe: Error | null;
  /** How often somebody has looked who holds ports. */
  portLooks: number;
  /** Happens between such a look and its answer. */
  afterPortLook: (() => Promise<unknown>) | null;
  /** No app listens any more, as far as the system tells, though all live on. */
  silence(): void;
  /** What the next health checks answer; a promise for a check that hangs. */
  health: ProbeResult | Promise<ProbeResult>;
  /** Tells an event of the driver's past the fake, which forbids what the contract does. */
  driverTells(run: RunId, event: RunEvent): void;
  /** The most runs of one app that ever had processes at a time. */
  mostAtOnce: number;
  /** The URLs of the health checks so far. */
  readonly probes: string[];
  /** How long each of them could take, in milliseconds. */
  readonly timeouts: number[];
  /** The `user-agent` of each health check. */
  readonly userAgents: string[];
  /** Where the processes of all runs listen, as far as can be seen; undefined: as the fake driver says. */
  listening: readonly ListeningAddress[] | null | undefined;
  /** The supervisor's lines, `<run> <text>`, in order. */
  readonly lines: string[];
  /** The name under which each run's lines are on the console. */
  readonly consoleNames: ReadonlyMap<AppId, string>;
  /** The apps whose logs were deleted. */
  readonly deletedLogs: AppId[];
  /** The runs whose logs are complete. */
  readonly finishedLogs: RunId[];
  /** What went wrong that nobody asked about. */
  readonly problems: string[];
  readonly warnings: string[];
  /** The data of each error in the server's log. */
  readonly logged: object[];
  readonly access: AccessControl['access'];
  /** What chance says, from 0 up to 1: the share of the jitter that is added. */
  chance: number;
  readonly control: SupervisorControl;
  readonly events: EventReader;
  start(): Promise<void>;
  /** As after a kill: nothing is told any more, and a new control plane starts on the same database. */
  crash(meanwhile?: () => void): Promise<void>;
  /** The same, at once: what is under way gets no further. */
  crashNow(): Promise<void>;
  /** The machine is started anew: every process is gone, and left no status. */
  reboot(): Promise<void>;
  /** All promises that wait for no timer have run. */
  settle(): Promise<void>;
  app(name: string): AppView;
  journal(): readonly JournalEvent[];
  /** The supervisor's lines about all runs of an app, in order. */
  linesOf(name: string): string[];
  /** While true, the database takes no changes, as on a full disk. */
  full: boolean;
  /** What the database throws while it takes no changes. */
  refusal: Error;
  /** While true, no log can be finished: the database takes no marks. */
  marksRefused: boolean;
  /** While true, no token can be made. */
  tokensRefused: boolean;
  close(): Promise<void>;
}

/** Where there is such a thing: what a disk makes of a commit is not what these tests are about. */
const IN_MEMORY = existsSync('/dev/shm') ? '/dev/shm' : null;

export interface StageOptions {
  readonly ports?: { readonly min: number; readonly max: number };
  readonly times?: Partial<Times>;
  readonly eventRetention?: { readonly events: number; readonly age: number };
  /** The server's own port; 3000 where it is not given. */
  readonly serverPort?: number;
  /** The greatest role that apps get without a grant, read at each start; VIEWER where it is not given. */
  appApi?: Role | null;
}

export function createStage(options: StageOptions = {}): Stage {
  const directory = mkdtempSync(join(IN_MEMORY ?? tmpdir(), 'toehold-stage-'));
  const clock = createManualClock();
  const fake = createFakeDriver({ now: clock.now });
  let boots = 1;
  const driver: FakeDriver = {
    ...fake,
    boot: {
      get name() {
        return `boot ${boots}`;
      },
      isThis: (name) => name === `boot ${boots}`,
    },
    observe(listener) {
      tellDirectly = listener;
      fake.observe((run, event) => {
        if (event.type === 'STARTED') countRunsOf(fake.run(run)?.spec.app);
        listener(run, event);
      });
    },
    recover: async (spec, handle) => {
      const recovery = await fake.recover(spec, handle);
      return recovery.found === 'ENDED' ? { ...recovery, rebooted } : recovery;
    },
    listening: async (run, port) => {
      if (stage.listening === undefined) return fake.listening(run, port);
      return stage.listening?.filter((socket) => port === undefined || socket.port === port) ?? null;
    },
  };
  const folders = createScriptedFiles();
  const foreign = new Map<number, PortHolder>();
  const lines: string[] = [];
  const probes: string[] = [];
  const timeouts: number[] = [];
  const userAgents: string[] = [];
  const consoleNames = new Map<AppId, string>();
  const deletedLogs: AppId[] = [];
  const finishedLogs: RunId[] = [];
  const problems: string[] = [];
  const warnings: string[] = [];
  const logged: object[] = [];
  const silent = new Set<RunId>();
  let rebooted = false;
  let tellDirectly = (_run: RunId, _event: RunEvent) => {};
  const databaseFile = join(directory, 'toehold.db');
  let stores = openStores(databaseFile, { now: clock.now });
  let access: AccessControl;
  let events: EventReader;
  let control = build();

  function countRunsOf(app: AppId | undefined): void {
    const count = fake.live().filter(({ spec }) => spec.app === app).length;
    stage.mostAtOnce = Math.max(stage.mostAtOnce, count);
  }

  function build(): SupervisorControl {
    const logs: RunLogs = {
      open: ({ app, appName }) => void consoleNames.set(app, appName),
      write: (run, text) => void lines.push(`${run} ${text}`),
      finish(run) {
        finishedLogs.push(run);
        return stage.marksRefused ? new Promise(() => {}) : Promise.resolve();
      },
      renamed: (app, name) => void consoleNames.set(app, name),
      removeApp: async (app) => void deletedLogs.push(app),
      close: async () => {},
    };
    const into = (list: string[]) => (data: object, message: string) => {
      list.push(`${message}: ${'err' in data ? String(data.err) : JSON.stringify(data)}`);
    };
    const problem = into(problems);
    const error = (data: object, message: string) => {
      logged.push(data);
      problem(data, message);
    };
    const logger = { info() {}, warn: into(warnings), error };
    const time = createSteadyTime(clock, stores.time);
    const guarded = refusing(stores, () => (stage.full ? stage.refusal : null));
    const registry = new Registry();
    const journal = new Journal({ ...guarded, transactions: guarded, clock, logger });
    events = journal;
    access = createAccess({
      ...{
        store: refusing(stores, () => (stage.full || stage.tokensRefused ? stage.refusal : null)).tokens,
        clock,
        time,
        logger,
      },
      runIsLive: (run) => registry.ofRun(run) !== null,
    });
    return createSupervisor({
      version: '0.0.0',
      appsDir: '/apps',
      range: options.ports ?? { min: 3001, max: 3010 },
      times: { ...DEFAULT_TIMES, ...options.times },
      eventRetention: options.eventRetention ?? { events: 1_000_000, age: 90 * 86_400_000 },
      markPrefix: 'stage',
      server: { port: options.serverPort ?? 3000, url: 'http://localhost:3000' },
      stores: guarded,
      registry,
      journal,
      driver,
      runTokens: access.runTokens,
      appApi: options.appApi === undefined ? 'VIEWER' : options.appApi,
      logs,
      discovery: folders.discovery,
      files: folders.files,
      prober: {
        probe: async ({ address, port, path, userAgent }, timeout) => {
          timeouts.push(timeout);
          userAgents.push(userAgent);
          const host = address.includes(':') ? `[${address}]` : address;
          probes.push(`http://${host}:${port}${path}`);
          return stage.health;
        },
      },
      portProbe: {
        async canBind(port) {
          if (stage.breakProbe) throw stage.breakProbe;
          return !foreign.has(port) && !boundPorts().includes(port);
        },
        async holders(ports) {
          stage.portLooks++;
          const found = new Map(holders().filter(([port]) => ports.includes(port)));
          await stage.afterPortLook?.();
          return found;
        },
      },
      clock,
      chance: () => stage.chance,
      time,
      logger,
    });
  }

  function listens({ listening, spec }: FakeRun): boolean {
    return listening && !silent.has(spec.run);
  }

  function boundPorts(): (number | null)[] {
    return driver.live().flatMap((run) => (listens(run) ? [run.spec.port] : []));
  }

  function holders(): [number, PortHolder][] {
    const own = driver.live().flatMap((run): [number, PortHolder][] => {
      const { spec } = run;
      return listens(run) && spec.port !== null
        ? [[spec.port, { pid: 100_000 + spec.run, command: 'app' }]]
        : [];
    });
    return [...own, ...foreign];
  }

  async function killed(meanwhile = () => {}): Promise<void> {
    clock.drop();
    stores.close();
    driver.close();
    await folders.discovery.close();
    meanwhile();
    stores = openStores(databaseFile, { now: clock.now });
    control = build();
    await control.start();
  }

  const stage: Stage = {
    clock,
    driver,
    folders,
    foreign,
    lines,
    driverTells: (run, event) => tellDirectly(run, event),
    silence() {
      for (const { spec } of driver.live()) silent.add(spec.run);
    },
    breakProbe: null,
    portLooks: 0,
    afterPortLook: null,
    mostAtOnce: 0,
    probes,
    timeouts,
    userAgents,
    consoleNames,
    deletedLogs,
    finishedLogs,
    problems,
    warnings,
    logged,
    listening: undefined,
    health: { ok: true },
    chance: 0,
    full: false,
    refusal: new Error('database or disk is full'),
    marksRefused: false,
    tokensRefused: false,
    databaseFile,
    get stores() {
      return stores;
    },
    get access() {
      return access.access;
    },
    get control() {
      return control;
    },
    get events() {
      return events;
    },
    start: () => control.start(),
    async crash(meanwhile) {
      await stage.settle();
      await killed(meanwhile);
    },
    crashNow: () => killed(),
    async reboot() {
      rebooted = true;
      boots += 1;
      await stage.crash(() => {
        for (const { spec } of driver.live())
          driver.tell(spec.run, { type: 'ENDED', code: null, signal: null });
      });
      rebooted = false;
    },
    async settle() {
      await clock.advance(0);
      await clock.advance(0);
    },
    app(name) {
      const app = control.supervisor.app({ name });
      if (!app) throw new Error(`There is no app ${name}`);
      return app;
    },
    journal: () =>
      events.page({ apps: null, after: null, before: null, limit: 10_000, forward: true }).events,
    linesOf(name) {
      const { id } = stage.app(name);
      return lines.flatMap((line) => {
        const [run = '', ...words] = line.split(' ');
        return stores.runs.get(Number(run))?.app === id ? [words.join(' ')] : [];
      });
    },
    async close() {
      clock.drop();
      driver.close();
      stores.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return stage;
}

/** The stores, all of whose writes fail as on a full disk while it is one. */
function refusing(stores: Stores, refusal: () => Error | null): Stores {
  function guarded<T extends object>(store: T, ...writes: (keyof T)[]): T {
    const guardedStore = { ...store };
    for (const name of writes) {
      const write = store[name] as (...args: unknown[]) => unknown;
      const refuse = (...args: unknown[]) => {
        const error = refusal();
        if (error) throw error;
        return write(...args);
      };
      guardedStore[name] = refuse as T[keyof T];
    }
    return guardedStore;
  }
  return {
    ...guarded(stores, 'transaction'),
    apps: guarded(stores.apps, 'insert', 'update', 'remove'),
    runs: guarded(stores.runs, 'save', 'remove'),
    ports: guarded(stores.ports, 'assign', 'release'),
    events: guarded(stores.events, 'append', 'prune'),
    tokens: guarded(stores.tokens, 'insert', 'setRoleOfRun', 'removeOfRun', 'used', 'revoke'),
  };
}
