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
import type { Readiness, Supervisor } from '../contracts/supervisor.ts';
import type { Role } from '../core/access.ts';
import type { Times } from '../core/times.ts';
import type { Journal } from './journal.ts';
import type { EventRetention } from './maintenance.ts';
import type { PortRange } from './ports/allocator.ts';
import type { Registry } from './registry.ts';

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

/** The supervisor's own life, for the part that builds it. */
export interface SupervisorControl {
  readonly supervisor: Supervisor;
  readonly readiness: Readiness;
  /**
   * Recovers runs, finds apps, starts those that should run, and watches (docs/behavior.md A6).
   * @throws the database's error
   */
  start(): Promise<void>;
  /**
   * Ends every app (with `detach`, none), and then all work of the supervisor.
   * `clean` is false where SIGKILL was needed. After `force` it does not wait for the grace.
   */
  shutdown(detach: boolean): Promise<{ readonly clean: boolean }>;
  /** Sends SIGKILL to everything that still runs. A shutdown that is under way then ends at once. */
  force(): void;
}
