import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStores, type Stores } from '../../db/index.ts';
import type { RunLogs } from '../../src/contracts/logs.ts';
import type { ProbeResult } from '../../src/contracts/ports.ts';
import type { AppView } from '../../src/contracts/supervisor.ts';
import type { PortHolder } from '../../src/core/errors.ts';
import type { JournalEvent } from '../../src/core/events.ts';
import { DEFAULT_TIMES, type Times } from '../../src/core/times.ts';
import { createFakeDriver, type FakeDriver } from '../../src/drivers/fake.ts';
import { createSupervisor, type SupervisorControl } from '../../src/supervisor/index.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createScriptedFiles, type ScriptedFiles } from './scripted-files.ts';

/** A whole supervisor on a real database, with a driver, a clock and directories that the test owns. */
export interface Stage {
  readonly clock: ManualClock;
  readonly driver: FakeDriver;
  readonly folders: ScriptedFiles;
  readonly stores: Stores;
  /** Ports that somebody else listens on. */
  readonly foreign: Map<number, PortHolder>;
  /** What the next health checks answer. */
  health: ProbeResult;
  /** The supervisor's lines, `<run> <text>`, in order. */
  readonly lines: string[];
  /** What went wrong that nobody asked about. */
  readonly problems: string[];
  readonly control: SupervisorControl;
  start(): Promise<void>;
  /** As after a kill: nothing is told any more, and a new control plane starts on the same database. */
  crash(): Promise<void>;
  /** All promises that wait for no timer have run. */
  settle(): Promise<void>;
  app(name: string): AppView;
  journal(): readonly JournalEvent[];
  /** While true, the database takes no changes, as on a full disk. */
  full: boolean;
  close(): Promise<void>;
}

export function createStage(
  options: { ports?: { min: number; max: number }; times?: Partial<Times> } = {},
): Stage {
  const directory = mkdtempSync(join(tmpdir(), 'toehold-stage-'));
  const clock = createManualClock();
  const driver = createFakeDriver({ now: clock.now });
  const folders = createScriptedFiles();
  const foreign = new Map<number, PortHolder>();
  const lines: string[] = [];
  const problems: string[] = [];
  let stores = openStores(join(directory, 'toehold.db'), { now: clock.now });
  let control = build();

  function build(): SupervisorControl {
    const logs: RunLogs = {
      open() {},
      write: (run, text) => void lines.push(`${run} ${text}`),
      finish: async () => {},
      renamed() {},
      removeApp: async () => {},
      close: async () => {},
    };
    const refuse = <T>(work: () => T): T => {
      if (stage.full) throw new Error('database or disk is full');
      return stores.transaction(work);
    };
    const problem = (data: object, message: string) => {
      problems.push(`${message}: ${'err' in data ? String(data.err) : JSON.stringify(data)}`);
    };
    return createSupervisor({
      version: '0.0.0',
      appsDir: '/apps',
      range: options.ports ?? { min: 3001, max: 3010 },
      times: { ...DEFAULT_TIMES, ...options.times },
      eventRetention: { events: 1_000_000, age: 90 * 86_400_000 },
      markPrefix: 'stage',
      server: { port: () => 3000, url: () => 'http://localhost:3000' },
      stores: { ...stores, transaction: refuse },
      driver,
      logs,
      discovery: folders.discovery,
      files: folders.files,
      prober: { probe: async () => stage.health },
      portProbe: {
        canBind: async (port) => !foreign.has(port) && !boundPorts().includes(port),
        holders: async (ports) => new Map(holders().filter(([port]) => ports.includes(port))),
      },
      clock,
      logger: { info() {}, warn: problem, error: problem },
    });
  }

  function boundPorts(): (number | null)[] {
    return driver.live().flatMap((run) => (run.listening ? [run.spec.port] : []));
  }

  function holders(): [number, PortHolder][] {
    const own = driver.live().flatMap(({ spec, listening }): [number, PortHolder][] => {
      return listening && spec.port !== null
        ? [[spec.port, { pid: 100_000 + spec.run, command: 'app' }]]
        : [];
    });
    return [...own, ...foreign];
  }

  const stage: Stage = {
    clock,
    driver,
    folders,
    foreign,
    lines,
    problems,
    health: { ok: true },
    full: false,
    get stores() {
      return stores;
    },
    get control() {
      return control;
    },
    start: () => control.start(),
    async crash() {
      await stage.settle();
      clock.drop();
      stores.close();
      driver.close();
      stores = openStores(join(directory, 'toehold.db'), { now: clock.now });
      control = build();
      await control.start();
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
      control.events.page({ apps: null, after: null, before: null, limit: 10_000, forward: true }).events,
    async close() {
      clock.drop();
      driver.close();
      stores.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return stage;
}
