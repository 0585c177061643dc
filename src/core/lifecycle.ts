import type { AppState, DesiredState, Health } from './app.ts';
import type { AppFact } from './events.ts';
import type { DriverHandle, Run, RunCause, RunId } from './run.ts';

/** What follows when the last process of a run is gone. */
export type Next =
  | { readonly kind: 'REST' }
  | { readonly kind: 'START'; readonly cause: RunCause; readonly actor: string }
  | { readonly kind: 'BACKOFF'; readonly cause: RunCause };

/** Why a run is being ended; it decides the exit's reason and words. */
export type EndCause =
  | 'COMMAND'
  | 'MANIFEST'
  | 'RELEASE'
  | 'GONE'
  | 'SHUTDOWN'
  | 'UNHEALTHY'
  | 'STARTUP_TIMEOUT'
  | 'INSTALL_TIMEOUT'
  /** The script ended by itself; others of its run are left. */
  | 'EXITED';

/** Where an app is in its life. Each phase carries only what is true in it. */
export type Phase =
  | { readonly kind: 'INVALID' }
  /** Its directory is gone: not listed, and taken up again should it come back. */
  | { readonly kind: 'GONE' }
  /** `needsPort`: it could not start because every port of the range is held. */
  | { readonly kind: 'STOPPED'; readonly needsPort: boolean }
  /** Taking its port. The run has its number, and is nothing else yet. */
  | {
      readonly kind: 'CLAIMING';
      readonly run: Pick<Run, 'id' | 'cause' | 'actor'>;
    }
  | { readonly kind: 'INSTALLING'; readonly run: Run }
  | { readonly kind: 'BOOTING'; readonly run: Run }
  | { readonly kind: 'READY'; readonly run: Run; readonly health: Health; readonly failures: number }
  | {
      readonly kind: 'ENDING';
      readonly run: Run;
      readonly why: EndCause;
      readonly next: Next;
      /** SIGKILL was sent. */
      readonly killed: boolean;
    }
  | {
      readonly kind: 'BACKOFF';
      readonly attempt: number;
      /** Wall clock, for people and for the next control plane. */
      readonly dueAt: number;
      readonly cause: RunCause;
    };

export type PhaseKind = Phase['kind'];
export type PhaseOf<K extends PhaseKind> = Extract<Phase, { kind: K }>;

/** What needs the app to be still, or the whole control plane to be. They exclude one another. */
export type HoldOperation = 'RENAME' | 'REMOVE' | 'SHUTDOWN';

export interface Hold {
  readonly operation: HoldOperation;
  /** What goes on when it is let go; commands meanwhile change it. Null: as the phase says. */
  readonly resume: Next | null;
}

/** All that the supervisor decides by, of one app. Written to the database as one JSON value. */
export interface Lifecycle {
  readonly desired: DesiredState;
  /** How many restarts were scheduled in a row. */
  readonly attempts: number;
  /** The manifest's or the name's fault, where there is one. */
  readonly invalid: string | null;
  /** Its directory is there, or has been gone for less than the grace for that. */
  readonly present: boolean;
  /** Why the last start failed; null once one has become ready. */
  readonly error: string | null;
  readonly hold: Hold | null;
  readonly phase: Phase;
}

/** An app that was never seen: its first observation lists it, and starts it. */
export const NEW_LIFECYCLE: Lifecycle = {
  desired: 'RUNNING',
  attempts: 0,
  invalid: null,
  present: false,
  error: null,
  hold: null,
  phase: { kind: 'GONE' },
};

export type TimerName =
  | 'install'
  | 'startup'
  /** A worker has lived long enough to count as ready. */
  | 'ready'
  | 'stable'
  | 'health'
  | 'grace'
  /** SIGKILL again, for what forked meanwhile. */
  | 'kill'
  | 'restart'
  | 'gone';

/** What can happen to an app. Those that name a run are ignored when it is not the present one. */
export type LifecycleEvent =
  | { readonly type: 'START'; readonly actor: string }
  | { readonly type: 'STOP'; readonly actor: string }
  /** `cause` is the new run's. */
  | { readonly type: 'RESTART'; readonly actor: string; readonly cause: 'COMMAND' | 'RELEASE' }
  | { readonly type: 'HOLD'; readonly operation: HoldOperation; readonly actor: string }
  | { readonly type: 'LET_GO'; readonly operation: HoldOperation }
  /** The control plane has started, and recovered what it could. */
  | { readonly type: 'BOOT' }
  /** Its directory is there, and this is what it says. */
  | {
      readonly type: 'OBSERVED';
      readonly invalid: string | null;
      readonly releaseChanged: boolean;
      /** Of a run that begins because of this. */
      readonly cause: 'BOOT' | 'MANIFEST';
    }
  | { readonly type: 'DIRECTORY_GONE' }
  /** Nobody can tell whether its directory is there. */
  | { readonly type: 'DIRECTORY_UNKNOWN' }
  /** A port of the range came free. */
  | { readonly type: 'PORT_FREED' }
  | {
      readonly type: 'CLAIMED';
      readonly run: RunId;
      /** Null for an app that serves nothing. */
      readonly port: number | null;
      readonly release: string | null;
      /** For the run's log: why the port is another one than before. */
      readonly note: string | null;
    }
  | {
      readonly type: 'CLAIM_FAILED';
      readonly run: RunId;
      readonly message: string;
      readonly exhausted: boolean;
    }
  | { readonly type: 'PREPARING'; readonly run: RunId }
  | { readonly type: 'PREPARED'; readonly run: RunId }
  | {
      readonly type: 'PREPARE_FAILED';
      readonly run: RunId;
      readonly message: string;
      readonly code: number | null;
      readonly signal: string | null;
    }
  | {
      readonly type: 'STARTED';
      readonly run: RunId;
      readonly handle: DriverHandle;
      readonly pid: number | null;
    }
  | { readonly type: 'START_FAILED'; readonly run: RunId; readonly message: string }
  | { readonly type: 'LISTENING'; readonly run: RunId }
  | {
      readonly type: 'SCRIPT_ENDED';
      readonly run: RunId;
      readonly code: number | null;
      readonly signal: string | null;
    }
  | {
      readonly type: 'ENDED';
      readonly run: RunId;
      readonly code: number | null;
      readonly signal: string | null;
    }
  /** At recovery: it goes on. */
  | {
      readonly type: 'RECOVERED';
      readonly run: RunId;
      readonly handle: DriverHandle;
      readonly pid: number | null;
    }
  /** At recovery: it had not been spawned. */
  | { readonly type: 'NOT_STARTED'; readonly run: RunId }
  /** At recovery: it ended while nobody looked. `code` null: it left no status. */
  | {
      readonly type: 'FOUND_ENDED';
      readonly run: RunId;
      readonly code: number | null;
      readonly signal: string | null;
      /** Null: nobody knows. */
      readonly at: number | null;
      /** The machine was started anew since. */
      readonly rebooted: boolean;
    }
  | {
      readonly type: 'PROBED';
      readonly run: RunId;
      readonly outcome: 'PASSED' | 'FAILED' | 'OFF';
      readonly reason: string | null;
    }
  /** Why it is not ready yet: a sentence for a person. */
  | { readonly type: 'DIAGNOSED'; readonly run: RunId; readonly message: string }
  | { readonly type: 'TIMER'; readonly timer: TimerName };

export type LifecycleEventType = LifecycleEvent['type'];
export type EventOf<T extends LifecycleEventType> = Extract<LifecycleEvent, { type: T }>;

/** What the runner does once the new state is committed. Results come back as events. */
export type Effect =
  | { readonly do: 'CLAIM_PORT'; readonly run: RunId }
  | { readonly do: 'PREPARE'; readonly run: Run }
  | { readonly do: 'START'; readonly run: Run }
  | { readonly do: 'STOP'; readonly run: RunId }
  | { readonly do: 'KILL'; readonly run: RunId }
  | { readonly do: 'PROBE'; readonly run: Run }
  | { readonly do: 'DIAGNOSE'; readonly run: Run }
  | { readonly do: 'LOG'; readonly run: RunId; readonly text: string }
  | { readonly do: 'SET_TIMER'; readonly timer: TimerName; readonly ms: number }
  | { readonly do: 'CLEAR_TIMER'; readonly timer: TimerName };

export interface Outcome {
  readonly state: Lifecycle;
  readonly effects: readonly Effect[];
  /** Those that the difference between the two states does not tell. */
  readonly facts: readonly AppFact[];
  /** The runs whose record changed, in order. */
  readonly runs: readonly Run[];
}

/** What a client sees of a phase; null where the app is not listed. */
export function appState(phase: Phase): AppState | null {
  switch (phase.kind) {
    case 'GONE':
      return null;
    case 'CLAIMING':
    case 'INSTALLING':
    case 'BOOTING':
      return 'STARTING';
    case 'READY':
      return 'RUNNING';
    case 'ENDING':
      return 'STOPPING';
    default:
      return phase.kind;
  }
}

/** The run that is going on; null in a phase that has none. */
export function liveRun(phase: Phase): Run | null {
  switch (phase.kind) {
    case 'INSTALLING':
    case 'BOOTING':
    case 'READY':
    case 'ENDING':
      return phase.run;
    default:
      return null;
  }
}

/** Whether no process of the app's can be there: what a rename or a removal waits for. */
export function isStill(phase: Phase): boolean {
  return liveRun(phase) === null && phase.kind !== 'CLAIMING';
}
