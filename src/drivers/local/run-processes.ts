import type { ChildProcess } from 'node:child_process';
import type { RunSpec } from '../../contracts/driver.ts';
import type { RunEvent } from '../../core/run-events.ts';
import type { ExitStatus } from './exit-status.ts';
import type { ProcessIdentity } from './process-table.ts';
import type { Leader, RunTree } from './run-tree.ts';

/** What this control plane knows of a run's processes: the part of a `Run` that those who look at processes need. */
export interface RunProcesses extends RunTree {
  readonly spec: RunSpec;
  /** The run directory. */
  readonly directory: string;
  /** The installation's and the shim's: each leads a group. */
  readonly leaders: Leader[];
  /** The run's own cgroup, which its processes cannot leave; null: it is known by its group, mark and descent. */
  controlGroup: string | null;
  /** The shim, where it is this process's child that has not been reaped. */
  shim: ChildProcess | null;
  shimIdentity: ProcessIdentity | null;
  /** The package manager, where it is this process's child that has not been reaped. */
  installer: ChildProcess | null;
  /** The script's own process; null until it is known. */
  script: ProcessIdentity | null;
  /** The process that was found to listen on the run's port; null until one is. */
  listener: ProcessIdentity | null;
  /** An end was asked for. */
  stopping: boolean;
  /** SIGKILL was asked for: every process that is found from now on gets it too. */
  killing: boolean;
  /** The last event is reported, or about to be. */
  over: boolean;
}

/**
 * How far a run is. In QUEUED, an end is reported at once. In PLANNING, LAUNCHING and RECOVERING, the next step
 * notices `stopping`. SPAWNED has the shim, but perhaps not the script yet.
 */
export type Stage = 'PLANNING' | 'QUEUED' | 'INSTALLING' | 'LAUNCHING' | 'SPAWNED' | 'RECOVERING' | 'RUNNING';

/** What the steps up to the spawn need of a run. */
export interface StartingRun extends RunProcesses {
  stage: Stage;
  /** Its port took no connection before the spawn. */
  portWasFree: boolean;
  /** Reports an event; after the last one, nothing more. */
  report(event: RunEvent): void;
  /** An end was asked for, and no process of it runs. */
  cancel(): void;
  /** Call these two in the same turn of the loop as the spawn. */
  installerSpawned(child: ChildProcess, pid: number, isInGroup: boolean): void;
  shimSpawned(child: ChildProcess, pid: number, isInGroup: boolean): void;
  /** The run ends with its last process, by this event; null: by ENDED with this status. */
  endsAfterInstall(failure: InstallFailed | null, status: ExitStatus): void;
}

export type InstallFailed = Extract<RunEvent, { type: 'INSTALL_FAILED' }>;
