import type { AppId } from './app.ts';

/** A run's number in the database: given once, never used again. */
export type RunId = number;

export type RunPhase = 'INSTALLING' | 'BOOTING' | 'READY' | 'ENDING' | 'ENDED';

/** Why a run was begun. */
export type RunCause = 'BOOT' | 'COMMAND' | 'CRASH' | 'HEALTH' | 'MANIFEST' | 'RELEASE' | 'RENAME';

export type ExitReason =
  | 'EXITED'
  | 'STOPPED'
  | 'KILLED'
  | 'INSTALL_FAILED'
  | 'SPAWN_FAILED'
  | 'STARTUP_TIMEOUT'
  | 'UNHEALTHY'
  | 'LOST';

/** How a run ended. */
export interface ProcessExit {
  /** 128+n for a signal, as a shell says it; null: it left no status. */
  readonly code: number | null;
  /** The signal's name for 128+n; the one that was sent, where the supervisor killed it. */
  readonly signal: string | null;
  readonly reason: ExitReason;
  /** Milliseconds since the epoch, as every time in the code. */
  readonly at: number;
}

/** One life of an app: from the decision to start it to the last of its processes. */
export interface Run {
  readonly id: RunId;
  readonly app: AppId;
  readonly phase: RunPhase;
  readonly cause: RunCause;
  /** A token's name, or `supervisor`. */
  readonly actor: string;
  /** The release's directory name; null for a plain directory. */
  readonly release: string | null;
  readonly port: number | null;
  /** The script's own process, never the shim. Null before the spawn and after the end. */
  readonly pid: number | null;
  /** The driver's own words for finding the run again; opaque to everybody else. */
  readonly handle: DriverHandle | null;
  readonly startedAt: number;
  readonly readyAt: number | null;
  readonly endedAt: number | null;
  readonly exit: ProcessExit | null;
  /** How often a new control plane took this run over. */
  readonly recoveries: number;
}

/** What a driver needs to find a run again, as JSON; only the driver that wrote it reads `data`. */
export interface DriverHandle {
  readonly driver: string;
  readonly version: number;
  readonly data: unknown;
}

export type LogStream = 'STDOUT' | 'STDERR' | 'SUPERVISOR';

/** The files of a run directory, `.toehold/runs/<run id>/`: written by the driver, read by the logs. */
export const RUN_FILES = {
  STDOUT: 'stdout.log',
  STDERR: 'stderr.log',
  SUPERVISOR: 'supervisor.log',
  exit: 'exit',
  pid: 'pid',
  /** Processes that the driver follows because no group and no mark shows them. */
  members: 'members',
  meta: 'meta.json',
} as const;

/** The environment variable that marks every process of a run. Its value names the state directory and the run. */
export const MARK_VARIABLE = 'TOEHOLD_RUN_ID';
