import type { DesiredState, Health } from './app.ts';
import type { Run, RunCause } from './run.ts';

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
  | { readonly kind: 'STOPPED' }
  /** Taking its port; there is no run yet. */
  | { readonly kind: 'CLAIMING'; readonly cause: RunCause; readonly actor: string }
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
      /** Before this end it was ready. */
      readonly wasReady: boolean;
    }
  | {
      readonly kind: 'BACKOFF';
      readonly attempt: number;
      /** Wall clock, for people and for the next control plane. */
      readonly dueAt: number;
      readonly cause: RunCause;
    };

/** An operation that needs the app to be still; rename and removal exclude one another. */
export interface Hold {
  readonly operation: 'RENAME' | 'REMOVE';
  /** What goes on when it is let go: commands meanwhile change it. */
  readonly resume: Next;
}

/** All that the supervisor decides by, of one app. Written to the database as one JSON value. */
export interface Lifecycle {
  readonly desired: DesiredState;
  /** How many restarts were scheduled in a row. */
  readonly attempts: number;
  /** The manifest's or the name's fault, where there is one. */
  readonly invalid: string | null;
  readonly present: boolean;
  /** Why the last start failed; null once one has become ready. */
  readonly error: string | null;
  readonly hold: Hold | null;
  readonly phase: Phase;
}
