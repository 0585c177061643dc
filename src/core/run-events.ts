import type { DriverHandle } from './run.ts';

/** How a script or an installation ended. Both null: it left no status. */
interface Ended {
  /** 128+n for signal n. */
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * What a driver reports of one run, in this order: (QUEUED) → (INSTALLING) → STARTING → STARTED → LISTENING (once, where
 * there is a port) → SCRIPT_ENDED (where others of the run are left) → ENDED. Each run that was begun or recovered gets
 * exactly one last event (see `isLastEvent`), and nothing after it.
 */
export type RunEvent =
  /** A line for the run's log, at any time. */
  | { readonly type: 'NOTED'; readonly text: string }
  /** Something must be installed, and other installations are ahead of it. */
  | { readonly type: 'QUEUED' }
  /** An installation begins now. Not reported where nothing needs installing. */
  | { readonly type: 'INSTALLING' }
  /** It could not be installed, or what an installation or the script needs could not be read. Nothing is left of it. */
  | ({ readonly type: 'INSTALL_FAILED'; readonly message: string } & Ended)
  /** Everything is installed. The script is spawned now. */
  | { readonly type: 'STARTING' }
  /** `pid` is the script's own process where it is known already. */
  | { readonly type: 'STARTED'; readonly handle: DriverHandle; readonly pid: number | null }
  | { readonly type: 'START_FAILED'; readonly message: string }
  /** A process of the run listens on its port. A health check reaches it at `address`. */
  | { readonly type: 'LISTENING'; readonly address: string }
  /** The script ended, and other processes of the run are left. */
  | ({ readonly type: 'SCRIPT_ENDED' } & Ended)
  /** No process of the run is left. */
  | ({ readonly type: 'ENDED' } & Ended);

type LastRunEvent = Extract<RunEvent, { type: 'INSTALL_FAILED' | 'START_FAILED' | 'ENDED' }>;

/** Whether nothing more is reported of the run after this. */
export function isLastEvent(event: RunEvent): event is LastRunEvent {
  return event.type === 'INSTALL_FAILED' || event.type === 'START_FAILED' || event.type === 'ENDED';
}

/** The same events as the lifecycle takes them: each names its run. A note is for the log alone. */
export type LifecycleRunEvent = WithRun<Exclude<RunEvent, { type: 'NOTED' }>>;

type WithRun<E> = E extends RunEvent ? E & { readonly run: number } : never;
