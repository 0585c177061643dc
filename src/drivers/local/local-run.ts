import type { ChildProcess } from 'node:child_process';
import type { RunSpec } from '../../contracts/driver.ts';
import type { ExitStatus } from './exit-status.ts';
import type { ProcessIdentity } from './process-table.ts';
import type { Leader } from './run-tree.ts';

/**
 * How far a run is. PLANNING and LAUNCHING have no process and end by themselves where `stopping` is set;
 * QUEUED waits for its turn to install; SPAWNED has the shim but perhaps not yet the script.
 */
export type Stage =
  | 'PLANNING'
  | 'QUEUED'
  | 'INSTALLING'
  | 'PREPARED'
  | 'LAUNCHING'
  | 'SPAWNED'
  | 'RECOVERING'
  | 'RUNNING';

/** What this control plane knows of one run. */
export interface LocalRun {
  spec: RunSpec;
  readonly directory: string;
  stage: Stage;
  readonly mark: string;
  /** The installation's and the shim's: each leads a group. */
  readonly leaders: Leader[];
  /** Whose processes may carry the mark. */
  readonly uid: number | null;
  /** The run's own cgroup, which its processes cannot leave; null: it is known by its group, mark and descent. */
  controlGroup: string | null;
  /** Members that no group and no mark shows, by pid, with their start times: they were born of other members. */
  readonly followed: Map<number, number>;
  /** The shim, where it is this process's child that has not been reaped. */
  shim: ChildProcess | null;
  shimIdentity: ProcessIdentity | null;
  installer: ChildProcess | null;
  /** Null until it is known. */
  script: ProcessIdentity | null;
  /** An end was asked for. */
  stopping: boolean;
  /** SIGKILL was asked for: whoever is found from now on gets it too. */
  killing: boolean;
  /** How the script ended; null while it has not, or where nobody could know. */
  status: ExitStatus | null;
  startedTold: boolean;
  scriptEndedTold: boolean;
  /** The last event is told, or on its way. */
  over: boolean;
  /** What to tell when nobody is left, where that is not the script's end. */
  failure: { readonly message: string; readonly status: ExitStatus } | null;
  /** Its port took no connection before the spawn. */
  portWasFree: boolean;
  /** Gives back the slot, or the place in the queue, of an installation. */
  leaveQueue: () => void;
}

export function newRun(spec: RunSpec, directory: string, stage: Stage, uid: number | null = null): LocalRun {
  return {
    spec,
    directory,
    stage,
    mark: spec.mark,
    leaders: [],
    uid,
    controlGroup: null,
    followed: new Map(),
    shim: null,
    shimIdentity: null,
    installer: null,
    script: null,
    stopping: false,
    killing: false,
    status: null,
    startedTold: false,
    scriptEndedTold: false,
    over: false,
    failure: null,
    portWasFree: false,
    leaveQueue: () => {},
  };
}
