import type { PhaseKind, PhaseOf } from '../lifecycle.ts';
import type { EventOf, LifecycleEventType } from '../lifecycle-events.ts';
import { NO_RESTARTS } from '../restarts.ts';
import type { TransitionDraft } from '../transition-draft.ts';

/** What a phase makes of an event. */
export type Cell<P extends PhaseKind, E extends LifecycleEventType> = (
  draft: TransitionDraft,
  phase: PhaseOf<P>,
  event: EventOf<E>,
) => void;

/** What one phase makes of each event; one that is not named is ignored there. */
export type Cells<P extends PhaseKind> = { readonly [E in LifecycleEventType]?: Cell<P, E> };

export function want(draft: TransitionDraft): void {
  draft.set({ desired: 'RUNNING', ...NO_RESTARTS });
}

export function unwant(draft: TransitionDraft): void {
  draft.set({ desired: 'STOPPED', ...NO_RESTARTS });
}

/** The command's start; while the app is held, it comes after that. */
export function startByCommand(
  draft: TransitionDraft,
  _: unknown,
  event: EventOf<'START' | 'RESTART'>,
): void {
  want(draft);
  draft.begin(event.type === 'RESTART' ? event.cause : 'COMMAND', event.actor);
}

export function noteObserved(draft: TransitionDraft, event: EventOf<'OBSERVED'>): void {
  draft.clearTimer('gone');
  draft.set({ invalid: event.invalid, present: true });
}

/** Its directory is not there: it has so long to come back. */
export function watchGone(draft: TransitionDraft): void {
  draft.setTimer('gone', draft.context.times.goneAfter);
}

export function unwatchGone(draft: TransitionDraft): void {
  draft.clearTimer('gone');
}
