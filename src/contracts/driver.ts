import type { AppId } from '../core/app.ts';
import type { DriverHandle, RunId } from '../core/run.ts';
import type { RunEvent } from '../core/run-events.ts';

/** What the supervisor may leave to a driver, or must do itself. Ask these, never which driver it is. */
export interface DriverCapabilities {
  /** True where apps listen on ports of this machine that the supervisor gives out. */
  readonly portsFromSupervisor: boolean;
  /** True where `begin` installs an app's dependencies. */
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

/** Everything a driver needs to begin one run. */
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

/** What `recover` found. */
export type Recovery =
  /** It was not spawned, and what it had left was ended: begin it again. */
  | { readonly found: 'NOT_STARTED' }
  /** It goes on; its further events come as for a run of the driver's own. */
  | { readonly found: 'ALIVE'; readonly handle: DriverHandle; readonly pid: number | null }
  /** It ended while no control plane was there. This answer is the run's last event: no other one comes. */
  | {
      readonly found: 'ENDED';
      /** Null: it left no status. */
      readonly code: number | null;
      readonly signal: string | null;
      /** When, by its status file; null where there is none. */
      readonly at: number | null;
      /** The machine was booted since. */
      readonly rebooted: boolean;
    };

export interface RunStatus {
  /** Living processes of the run: zombies are not counted. */
  readonly pids: readonly number[];
  /** The script's own process, never the shim. */
  readonly pid: number | null;
  /** Over the last second or so; 100 is one core. */
  readonly cpuPercent: number;
  /** Processor time since the run began, in seconds. Without a cgroup, without the time of processes that ended unseen. */
  readonly cpuSeconds: number;
  /** Resident memory, summed up. */
  readonly memoryBytes: number;
}

/** Where a process listens (TCP). */
export interface ListeningAddress {
  readonly port: number;
  readonly address: string;
}

/** Where a run's output goes. `files`: the run directory that holds RUN_FILES. */
export type LogSource = { readonly kind: 'files'; readonly directory: string };

/**
 * Runs apps. Commands answer at once and never throw; their results are reported as events.
 * A command for a run that the driver does not know is answered by ENDED with code null.
 */
export interface Driver {
  /** Stands in every handle: a driver reads only its own. */
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /** This boot of the machine that runs the apps, and whether a name that was written down earlier is its. */
  readonly boot: { readonly name: string; isThis(name: string): boolean };
  /** The one listener for all runs; set before anything else is called. */
  observe(listener: (run: RunId, event: RunEvent) => void): void;
  /** Makes the run's log source, installs what the app needs, and spawns its script. */
  begin(spec: RunSpec): void;
  /** Takes back a run of a control plane that is gone. `handle` is null where STARTED was never committed. */
  recover(spec: RunSpec, handle: DriverHandle | null): Promise<Recovery>;
  /** Asks every process of the run to end (SIGTERM); cancels an installation. → ENDED */
  stop(run: RunId): void;
  /** A signal to every process of the run, its installation's included. */
  signal(run: RunId, signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Measures what the run uses, which may take a moment. A run that nothing is left of has no pids. */
  status(run: RunId): Promise<RunStatus>;
  /** Whether a process of the run, which lives now, has this pid. */
  owns(run: RunId, pid: number): Promise<boolean>;
  /**
   * Where processes of the run listen now. Null where owners cannot be read.
   * @param port this one alone, which costs less; then addresses of one of its processes are enough.
   */
  listening(run: RunId, port?: number): Promise<readonly ListeningAddress[] | null>;
  logs(run: RunId): LogSource;
  /** The run of this control plane's, also an ended one, whose cgroup or mark the process carries; null: of none, or not known. */
  runOf(pid: number): Promise<RunId | null>;
  /** Ends (SIGKILL) marked processes of this control plane's that belong to none of these runs; answers how many. */
  endStrangers(live: ReadonlySet<string>): Promise<number>;
  /** Lets go of every run without touching it: no more events, no timers, no watches. */
  close(): void;
}
