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
import type { EventReader, Readiness, Supervisor } from '../contracts/supervisor.ts';
import type { Role } from '../core/access.ts';
import type { RunId } from '../core/run.ts';
import type { Times } from '../core/times.ts';
import type { EventRetention } from './maintenance.ts';
import type { PortRange } from './ports/allocator.ts';

/** What the supervisor is built from. */
export interface SupervisorOptions {
  readonly version: string;
  /** Absolute. */
  readonly appsDir: string;
  readonly range: PortRange;
  readonly times: Times;
  readonly eventRetention: EventRetention;
  /** Begins every TOEHOLD_RUN_ID; unique to this data directory on this machine. */
  readonly markPrefix: string;
  /** The server's own port and the URL at which apps reach it, once it listens. */
  readonly server: { readonly port: () => number; readonly url: () => string };
  readonly stores: Transactions & {
    readonly apps: AppStore;
    readonly runs: RunStore;
    readonly ports: PortStore;
    readonly events: EventStore;
    readonly meta: MetaStore;
  };
  readonly driver: Driver;
  /** The access that apps have by `toes.api`. */
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

/** The supervisor's life, for whoever builds it. */
export interface SupervisorControl {
  readonly supervisor: Supervisor;
  readonly events: EventReader;
  readonly readiness: Readiness;
  /** Recovers, discovers, starts what is wanted, and watches (docs/behavior.md A6). */
  start(): Promise<void>;
  /**
   * Ends every app (or, with `detach`, none) and lets go of everything.
   * `clean` is false where SIGKILL was needed. After `force` it does not wait for the grace.
   */
  shutdown(detach: boolean): Promise<{ readonly clean: boolean }>;
  /** Whether the run has begun and not ended, as far as the supervisor has been told. */
  runIsLive(run: RunId): boolean;
  /** Takes into the journal that the disk is nearly full, with so many bytes free; null: that it has room again. */
  diskChanged(freeBytes: number | null): void;
  /** SIGKILL to everything that still runs; makes a shutdown that is under way end at once. */
  force(): void;
}
