import type { AppState, DesiredState, Health } from './app.ts';
import type { Run, RunCause } from './run.ts';

/** What follows when the last process of a run is gone. */
export type Next =
  | { readonly kind: 'REST' }
  | { readonly kind: 'START'; readonly cause: RunCause; readonly actor: string }
  | { readonly kind: 'BACKOFF'; readonly cause: RunCause }
  /** It ended by itself, and `toes.restart` says that nothing follows. */
  | { readonly kind: 'EXITED' };

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
  /**
   * It is wanted, ended by itself, and is not started again before a command starts it, or the machine boots. `boot`
   * names the boot of the machine in which it ended.
   */
  | { readonly kind: 'EXITED'; readonly boot: string }
  /** Taking its port. The run has its number, and is nothing else yet. */
  | {
      readonly kind: 'CLAIMING';
      readonly run: Pick<Run, 'id' | 'cause' | 'actor'>;
    }
  | { readonly kind: 'INSTALLING'; readonly run: Run }
  | { readonly kind: 'BOOTING'; readonly run: Run }
  | {
      readonly kind: 'READY';
      readonly run: Run;
      readonly health: Health;
      /** Checks in a row that failed. */
      readonly failures: number;
      /** Where a health check reaches it; null: not known. */
      readonly address: string | null;
      /** A check of this run has passed: from now on every other answer than 2xx is a failure. */
      readonly passed: boolean;
      /** What the last check was answered, where the answer shows neither health nor failure. */
      readonly unclear: string | null;
      /** It has been ready for long, and no check has failed for as long: the next one that passes proves it stable. */
      readonly steady: boolean;
    }
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

/** The operations during which no run of the app may go on. They exclude one another. */
export type HoldOperation = 'RENAME' | 'REMOVE' | 'SHUTDOWN';

interface Hold {
  readonly operation: HoldOperation;
  /** What goes on when the hold ends; commands meanwhile change it. Null: as the phase says. */
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
  /** Why the last start failed, or how the app ended by itself; null once a start has become ready. */
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
    case 'EXITED':
      return 'STOPPED';
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

/**
 * What an earlier control plane has written down, for a new one. A hold of a control plane that is gone holds nothing
 * any more, and what an earlier version did not know has its beginning.
 */
export function takenUp(lifecycle: Lifecycle): Lifecycle {
  const { phase } = lifecycle;
  if (phase.kind !== 'READY') return { ...lifecycle, hold: null };
  const passed = phase.health === 'HEALTHY';
  const unknown = { address: null, passed, unclear: null, steady: false };
  return { ...lifecycle, hold: null, phase: { ...unknown, ...phase } };
}
