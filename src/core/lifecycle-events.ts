import type { AppFact } from './events.ts';
import type { HoldOperation, Lifecycle } from './lifecycle.ts';
import type { DriverHandle, Run, RunId } from './run.ts';
import type { LifecycleRunEvent } from './run-events.ts';

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
  | 'gone'
  /** A run goes on although its app's manifest is invalid: for so long at most. */
  | 'invalid';

/** What can happen to an app. Those that name a run are ignored when it is not the present one. */
export type LifecycleEvent =
  | { readonly type: 'START'; readonly actor: string }
  | { readonly type: 'STOP'; readonly actor: string }
  /** `cause` is the new run's. */
  | { readonly type: 'RESTART'; readonly actor: string; readonly cause: 'COMMAND' | 'RELEASE' }
  | { readonly type: 'HOLD'; readonly operation: HoldOperation; readonly actor: string }
  | { readonly type: 'LET_GO'; readonly operation: HoldOperation }
  /** The control plane has started, and recovered what it could. */
  | {
      readonly type: 'BOOT';
      /** The machine was started anew since the app ended by itself. */
      readonly rebooted: boolean;
    }
  /** Its directory is there, and this is what it says. */
  | {
      readonly type: 'OBSERVED';
      readonly invalid: string | null;
      readonly releaseChanged: boolean;
      /** Of a run that begins because of this. */
      readonly cause: 'BOOT' | 'MANIFEST';
    }
  | { readonly type: 'DIRECTORY_GONE' }
  /** It cannot be known whether its directory is there: APPS_DIR cannot be read. */
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
  | LifecycleRunEvent
  /** At recovery: it goes on. */
  | {
      readonly type: 'RECOVERED';
      readonly run: RunId;
      readonly handle: DriverHandle;
      readonly pid: number | null;
    }
  /** At recovery: it had not been spawned. */
  | { readonly type: 'NOT_STARTED'; readonly run: RunId }
  /** At recovery: it ended while no control plane was there. `code` null: it left no status. */
  | {
      readonly type: 'FOUND_ENDED';
      readonly run: RunId;
      readonly code: number | null;
      readonly signal: string | null;
      /** Null: not known. */
      readonly at: number | null;
      /** The machine was started anew since. */
      readonly rebooted: boolean;
    }
  | {
      readonly type: 'PROBED';
      readonly run: RunId;
      /** UNCLEAR: it answered, neither 2xx nor 5xx, on a path that the app did not name. */
      readonly outcome: 'PASSED' | 'FAILED' | 'UNCLEAR' | 'OFF';
      /** Why, or what was answered. Null where it passed or is off. */
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
  /** Installs what the run needs, and spawns its script. */
  | { readonly do: 'BEGIN'; readonly run: Run }
  | { readonly do: 'STOP'; readonly run: RunId }
  | { readonly do: 'KILL'; readonly run: RunId }
  /** `address` is where it was reached when it became ready; null: not known. */
  | { readonly do: 'PROBE'; readonly run: Run; readonly address: string | null }
  | { readonly do: 'DIAGNOSE'; readonly run: Run }
  | { readonly do: 'LOG'; readonly run: RunId; readonly text: string }
  | { readonly do: 'SET_TIMER'; readonly timer: TimerName; readonly ms: number }
  | { readonly do: 'CLEAR_TIMER'; readonly timer: TimerName };

export interface Outcome {
  readonly state: Lifecycle;
  readonly effects: readonly Effect[];
  /** Those that the difference between the two states does not show. */
  readonly facts: readonly AppFact[];
  /** The runs whose record changed, in order. */
  readonly runs: readonly Run[];
}
