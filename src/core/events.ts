import type { AppId, AppState } from './app.ts';
import type { PortHolder } from './errors.ts';
import type { ProcessExit, RunId } from './run.ts';

/** What of an app an AppUpdatedEvent may name, as the schema spells it. */
export type AppField =
  | 'ICON'
  | 'TOOL'
  | 'ERROR'
  | 'WARNINGS'
  | 'HEALTH'
  | 'RELEASE'
  | 'DESIRED_STATE'
  | 'RESTART_POLICY'
  | 'REQUESTED_ROLE'
  | 'GRANTED_ROLE'
  | 'SCRIPT'
  | 'MANIFEST';

/** One field that changed. Both values are null in an event that an earlier version wrote. */
export interface AppChange {
  readonly field: AppField;
  readonly before: string | null;
  readonly after: string | null;
}

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
  | { readonly type: 'AppUpdated'; readonly changes: readonly AppChange[] }
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

/** The names of fields that an earlier version wrote in place of the changes. */
const OLD_FIELDS: Readonly<Record<string, AppField>> = {
  icon: 'ICON',
  tool: 'TOOL',
  error: 'ERROR',
  warnings: 'WARNINGS',
  health: 'HEALTH',
  release: 'RELEASE',
  desiredState: 'DESIRED_STATE',
  restartPolicy: 'RESTART_POLICY',
  access: 'GRANTED_ROLE',
};

type Fact = AppFact | SupervisorFact;

/** As an earlier version wrote it: which fields changed, and not how. */
interface OldAppUpdated {
  readonly type: 'AppUpdated';
  readonly fields: readonly string[];
}

/** A fact from the database, which an earlier version may have written. */
export function writtenFact(written: Fact | OldAppUpdated): Fact {
  if (!('fields' in written)) return written;
  const fields = written.fields.flatMap((name) => OLD_FIELDS[name] ?? []);
  return { type: 'AppUpdated', changes: fields.map((field) => ({ field, before: null, after: null })) };
}

/** The actor of what the supervisor does by itself. */
export const SUPERVISOR_ACTOR = 'supervisor';
