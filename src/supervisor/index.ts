// The supervisor decides what each app does: one runner per app, the operations that clients ask for, the journal,
// ports, and recovery after a start. It knows the other parts by their contracts alone: it touches no file, no process
// and no socket itself.

import type { RunTokens } from '../contracts/access.ts';
import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { AppFileRepair, AppFiles, Discovery } from '../contracts/discovery.ts';
import type { Driver } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunLogs } from '../contracts/logs.ts';
import type { PortProbe, Prober } from '../contracts/ports.ts';
import type {
  AppStore,
  EventStore,
  MetaStore,
  PortStore,
  RunStore,
  Transactions,
} from '../contracts/stores.ts';
import type { Role } from '../core/access.ts';
import type { Times } from '../core/times.ts';
import { AppRunners } from './app-runners.ts';
import { Control, type SupervisorControl } from './control.ts';
import { DriverEvents } from './driver-events.ts';
import { Effects } from './effects.ts';
import { Failures } from './failures.ts';
import type { Journal } from './journal.ts';
import { type EventRetention, Maintenance } from './maintenance.ts';
import { Observations } from './observations.ts';
import { Activation } from './operations/activate.ts';
import { Assignments } from './operations/assign.ts';
import { IconChange } from './operations/icon.ts';
import { Operations } from './operations/operations.ts';
import { Removal } from './operations/remove.ts';
import { Rename } from './operations/rename.ts';
import { StartStop } from './operations/start-stop.ts';
import { PortAllocator, type PortRange } from './ports/allocator.ts';
import { PortViews } from './ports/views.ts';
import { PortWatch } from './ports/watch.ts';
import type { Registry } from './registry.ts';
import { RunAccess } from './run-access.ts';
import { AppSupervisor } from './supervisor.ts';

export type { SupervisorControl } from './control.ts';
export { Journal } from './journal.ts';
export { Registry } from './registry.ts';

/** What the supervisor is built from. */
export interface SupervisorOptions {
  readonly version: string;
  /** Absolute. */
  readonly appsDir: string;
  readonly range: PortRange;
  readonly times: Times;
  readonly eventRetention: EventRetention;
  /** The beginning of every TOEHOLD_RUN_ID. It is unique to this state directory on this machine. */
  readonly markPrefix: string;
  /** The server's own port, and the URL at which apps reach it. */
  readonly server: { readonly port: number; readonly url: string };
  /** Empty; the supervisor fills it. */
  readonly registry: Registry;
  readonly journal: Journal;
  readonly stores: Transactions & {
    readonly apps: AppStore;
    readonly runs: RunStore;
    readonly ports: PortStore;
    readonly events: EventStore;
    readonly meta: MetaStore;
  };
  readonly driver: Driver;
  /** The tokens that runs get by `toes.api`. */
  readonly runTokens: RunTokens;
  /** The greatest role that an app gets without a grant; null: none. */
  readonly appApi: Role | null;
  readonly logs: RunLogs;
  readonly discovery: Discovery;
  readonly files: AppFiles & AppFileRepair;
  readonly prober: Prober;
  readonly portProbe: PortProbe;
  readonly clock: Clock;
  /** A number from 0 up to 1, anew at each call. */
  readonly chance: () => number;
  readonly time: Pick<SteadyTime, 'earliest'>;
  readonly logger: Logger;
}

/** Builds the supervisor's parts, each from those before it. Nothing runs before `start`. */
export function createSupervisor(options: SupervisorOptions): SupervisorControl {
  const { stores, driver, times, registry, logger, server } = options;
  const { runs, ports: leases, events } = stores;
  const spec = { appsDir: options.appsDir, markPrefix: options.markPrefix, url: () => server.url };
  const info = {
    version: options.version,
    startedAt: options.clock.now(),
    appsDir: options.appsDir,
    engine: driver.name,
    containment: driver.capabilities.containment,
  };

  const ports = { range: options.range, ownPort: server.port, ports: leases, probe: options.portProbe };
  const allocator = new PortAllocator({ ...options, ...ports, runs, patience: times.portPatience });
  const portWatch = new PortWatch({ ...options, allocator });
  const portViews = new PortViews({ ...options, ...ports });

  const runAccess = new RunAccess(options.runTokens, options.appApi);
  const effects = new Effects({ ...options, ...spec, allocator, healthTimeout: times.healthTimeout });
  const runners = new AppRunners({ ...options, effects, runAccess, portWatch });
  const driverEvents = new DriverEvents(options);
  const observations = new Observations({ ...options, runners, boot: driver.boot });

  const failures = new Failures(logger);
  const operations = new Operations(registry, failures);
  const parts = { ...options, operations, failures, runners, observations, allocator, portWatch };
  const rename = new Rename(parts);
  const removal = new Removal(parts);
  const icon = new IconChange(parts);
  const activation = new Activation(parts);
  const startStop = new StartStop(operations);
  const assignments = new Assignments(parts);
  const supervisor = new AppSupervisor({
    ...{ ...options, info, runs, startStop, rename, removal, icon, activation, assignments },
    ...{ runAccess, portViews },
  });

  const maintenance = new Maintenance({ ...options, events, runners });
  return new Control({
    ...{ ...parts, spec, runs, runAccess, driverEvents, rename, removal, icon, activation },
    ...{ supervisor, maintenance, stopGrace: times.stopGrace },
  });
}
