import type { AppId } from '../core/app.ts';
import type { DriverHandle, RunId } from '../core/run.ts';

/** What the supervisor may leave to a driver, or must do itself. Ask these, never which driver it is. */
export interface DriverCapabilities {
  /** True where apps listen on ports of this machine that the supervisor gives out. */
  readonly portsFromSupervisor: boolean;
  /** True where `prepare` can install an app's dependencies. */
  readonly installs: boolean;
  /** True where a run goes on when the control plane ends, and `recover` finds it. */
  readonly outlivesControlPlane: boolean;
  readonly containment: Containment;
}

/**
 * How it is known which processes belong to a run. CGROUP: by a cgroup v2 of the run's own, which no process leaves.
 * DESCENT: by process group, mark, and descent, followed while they live. PROCESS_GROUP: by process group and descent
 * alone, on systems that show no environments.
 */
export type Containment = 'CGROUP' | 'DESCENT' | 'PROCESS_GROUP';

/** Everything a driver needs to prepare and start one run. */
export interface RunSpec {
  readonly run: RunId;
  readonly app: AppId;
  readonly appName: string;
  /** The value of TOEHOLD_RUN_ID: unique on this machine, for ever. */
  readonly mark: string;
  /** `APPS_DIR/<name>`, absolute. */
  readonly appDirectory: string;
  /** The release's real directory, absolute: the script's cwd. */
  readonly releaseDirectory: string;
  /** A line for `sh -c`. */
  readonly script: string;
  /** Null for an app that serves nothing. */
  readonly port: number | null;
  /** False where the manifest says never to install. */
  readonly install: boolean;
  /** Set over everything else in the app's environment (docs/behavior.md A10). */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * What a driver tells of a run. Each run for which `prepare`, `start` or `recover` was called gets
 * exactly one last event: PREPARE_FAILED, START_FAILED or ENDED, and nothing after it.
 */
export type DriverEvent =
  /** A line for the run's log. */
  | { readonly type: 'NOTED'; readonly text: string }
  /** An installation begins now (it has its turn). Not told where nothing needs installing. */
  | { readonly type: 'PREPARING' }
  | { readonly type: 'PREPARED' }
  | {
      readonly type: 'PREPARE_FAILED';
      readonly message: string;
      readonly code: number | null;
      readonly signal: string | null;
    }
  /** `pid` is the script's own process where it is known already. */
  | { readonly type: 'STARTED'; readonly handle: DriverHandle; readonly pid: number | null }
  | { readonly type: 'START_FAILED'; readonly message: string }
  /** A process of the run listens on its port; `address` is where a health check reaches it. */
  | { readonly type: 'LISTENING'; readonly address: string }
  /** The script ended; others of the run are left. `code` null: nobody could know. */
  | { readonly type: 'SCRIPT_ENDED'; readonly code: number | null; readonly signal: string | null }
  /** Nobody is left. `code` null and `signal` null: nobody could know (it left no status). */
  | { readonly type: 'ENDED'; readonly code: number | null; readonly signal: string | null };

/** What `recover` found. */
export type Recovery =
  /** It was not spawned, and what it had left was ended: prepare (and start) it again. */
  | { readonly found: 'NOT_STARTED' }
  /** It goes on; its further events come as for a run of the driver's own. */
  | { readonly found: 'ALIVE'; readonly handle: DriverHandle; readonly pid: number | null }
  /** It ended while nobody looked. This answer stands for the run's last event: no other one comes. */
  | {
      readonly found: 'ENDED';
      /** Null: it left no status. */
      readonly code: number | null;
      readonly signal: string | null;
      /** When, as its status file tells; null where there is none. */
      readonly at: number | null;
      /** The machine was started anew since. */
      readonly rebooted: boolean;
    };

export interface RunStatus {
  /** Living processes of the run: zombies are not counted. */
  readonly pids: readonly number[];
  /** The script's own process, never the shim. */
  readonly pid: number | null;
  /** Over the last second or so; 100 is one core. */
  readonly cpuPercent: number;
  /** Resident memory, summed up. */
  readonly memoryBytes: number;
  /** Where processes of the run listen (TCP). Null where owners cannot be read. */
  readonly listening: readonly { readonly port: number; readonly address: string }[] | null;
}

/** Where a run's output goes. `files`: the run directory that holds RUN_FILES. */
export type LogSource = { readonly kind: 'files'; readonly directory: string };

/**
 * Runs apps. Commands answer at once and never throw; what comes of them is told as events.
 * A command for a run that the driver does not know is answered by ENDED with code null.
 */
export interface Driver {
  /** Stands in every handle: a driver reads only its own. */
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /** This boot of the machine that runs the apps, and whether a name that was written down earlier is its. */
  readonly boot: { readonly name: string; isThis(name: string): boolean };
  /** The one listener for all runs; set before anything else is called. */
  observe(listener: (run: RunId, event: DriverEvent) => void): void;
  /** Makes the run's log source, and installs what the app needs. → (PREPARING) → PREPARED | PREPARE_FAILED */
  prepare(spec: RunSpec): void;
  /** → STARTED | START_FAILED, then LISTENING (once, where there is a port), SCRIPT_ENDED, ENDED */
  start(spec: RunSpec): void;
  /** Takes back a run of a control plane that is gone. `handle` is null where STARTED was never committed. */
  recover(spec: RunSpec, handle: DriverHandle | null): Promise<Recovery>;
  /** Asks every process of the run to end (SIGTERM); cancels a preparation. → ENDED */
  stop(run: RunId): void;
  /** A signal to every process of the run, its preparation's included. */
  signal(run: RunId, signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Looks now. A run that nothing is left of has no pids. */
  status(run: RunId): Promise<RunStatus>;
  logs(run: RunId): LogSource;
  /** The run of this control plane's, also an ended one, whose cgroup or mark the process carries; null: of none, or not known. */
  runOf(pid: number): Promise<RunId | null>;
  /** Ends (SIGKILL) marked processes of this control plane's that belong to none of these runs; answers how many. */
  endStrangers(live: ReadonlySet<string>): Promise<number>;
  /** Lets go of every run without touching it: no more events, no timers, no watches. */
  close(): void;
}
