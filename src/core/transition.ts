import type { Lifecycle, PhaseKind } from './lifecycle.ts';
import type { LifecycleEvent, LifecycleEventType, Outcome } from './lifecycle-events.ts';
import type { Cell, Cells } from './phases/cells.ts';
import { ENDING } from './phases/ending.ts';
import { READY } from './phases/ready.ts';
import { BOOTING, INSTALLING } from './phases/starting.ts';
import { BACKOFF, CLAIMING, EXITED, GONE, INVALID, STOPPED } from './phases/still.ts';
import { type Context, TransitionDraft } from './transition-draft.ts';

/** What each phase makes of each event. */
const TABLE: { readonly [P in PhaseKind]: Cells<P> } = {
  GONE,
  INVALID,
  STOPPED,
  EXITED,
  CLAIMING,
  INSTALLING,
  BOOTING,
  READY,
  ENDING,
  BACKOFF,
};

/** The state after an event, and what is to be done about it. Pure: same arguments, same answer. */
export function transition(state: Lifecycle, event: LifecycleEvent, context: Context): Outcome {
  const draft = new TransitionDraft(state, context);
  if (isCurrent(state, event)) {
    // One cast: TypeScript cannot see that the phase and the event fit the cell that they select.
    const cell = TABLE[state.phase.kind][event.type] as Cell<PhaseKind, LifecycleEventType> | undefined;
    cell?.(draft, state.phase, event);
  }
  return draft.outcome();
}

/** Whether the table names this event for this phase. */
export function handles(phase: PhaseKind, event: LifecycleEventType): boolean {
  return TABLE[phase][event] !== undefined;
}

/** False for an event of a run that is no longer the app's. */
function isCurrent({ phase }: Lifecycle, event: LifecycleEvent): boolean {
  return !('run' in event) || ('run' in phase && phase.run.id === event.run);
}
