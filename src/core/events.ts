import type { AppId, AppState } from './app.ts';
import type { PortHolder } from './errors.ts';
import type { ProcessExit, RunId } from './run.ts';

/** The fields of an app that an AppUpdatedEvent may name, as the schema spells them. */
export type AppField =
  | 'icon'
  | 'tool'
  | 'error'
  | 'warnings'
  | 'health'
  | 'release'
  | 'desiredState'
  | 'restartPolicy'
  | 'access';

export interface ScheduledRestart {
  /** 1 for the first restart in a row. */
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What happened to one app, without who, when and where in the journal. */
export type AppFact =
  | { readonly type: 'AppAdded' }
  | { readonly type: 'AppRemoved' }
  | { readonly type: 'AppRenamed'; readonly previousName: string }
  | { readonly type: 'AppUpdated'; readonly fields: readonly AppField[] }
  | {
      readonly type: 'AppStateChanged';
      readonly from: AppState;
      readonly to: AppState;
      readonly run: RunId | null;
    }
  | {
      readonly type: 'ActivationFailed';
      readonly release: string;
      /** The release before, which is the app's again. */
      readonly previousRelease: string;
      /** Why the new one is not ready. */
      readonly message: string;
    }
  | { readonly type: 'RunEnded'; readonly run: RunId; readonly exit: ProcessExit }
  | { readonly type: 'RestartScheduled'; readonly restart: ScheduledRestart }
  | { readonly type: 'PortAssigned'; readonly port: number; readonly previousPort: number | null }
  | { readonly type: 'PortReleased'; readonly port: number }
  | { readonly type: 'PortConflict'; readonly port: number; readonly holder: PortHolder | null };

/** What happened to the supervisor itself. */
export type SupervisorFact =
  | { readonly type: 'SupervisorStarted'; readonly recoveredRuns: number; readonly lostRuns: number }
  | { readonly type: 'SupervisorStopping'; readonly detached: boolean }
  /** The disk is nearly full: logs shrink. In bytes. */
  | { readonly type: 'DiskLow'; readonly freeBytes: number }
  | { readonly type: 'DiskRecovered' };

/** A fact on its way into the journal. */
export interface NewEvent {
  readonly at: number;
  readonly actor: string;
  readonly fact: AppFact | SupervisorFact;
  /** Whose; null for a SupervisorFact. The name is the one at that time. */
  readonly app: { readonly id: AppId; readonly name: string } | null;
}

/** A fact in the journal. `seq` grows; none is ever used twice. */
export interface JournalEvent extends NewEvent {
  readonly seq: number;
}

/** The actor of what the supervisor does by itself. */
export const SUPERVISOR_ACTOR = 'supervisor';
