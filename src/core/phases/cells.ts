import type { PhaseKind, PhaseOf } from '../lifecycle.ts';
import type { EventOf, LifecycleEventType } from '../lifecycle-events.ts';
import type { Step } from '../step.ts';

/** What a phase makes of an event. */
export type Cell<P extends PhaseKind, E extends LifecycleEventType> = (
  step: Step,
  phase: PhaseOf<P>,
  event: EventOf<E>,
) => void;

/** What one phase makes of each event; one that is not named is ignored there. */
export type Cells<P extends PhaseKind> = { readonly [E in LifecycleEventType]?: Cell<P, E> };

export const SUPERVISOR = 'supervisor';

export function want(step: Step): void {
  step.set({ desired: 'RUNNING', attempts: 0 });
}

export function unwant(step: Step): void {
  step.set({ desired: 'STOPPED', attempts: 0 });
}

/** The command's start; while the app is held, it comes after that. */
export function startByCommand(step: Step, _: unknown, event: EventOf<'START' | 'RESTART'>): void {
  want(step);
  step.begin(event.type === 'RESTART' ? event.cause : 'COMMAND', event.actor);
}

export function noteObserved(step: Step, event: EventOf<'OBSERVED'>): void {
  step.clearTimer('gone');
  step.set({ invalid: event.invalid, present: true });
}

/** Its directory is not there: it has so long to come back. */
export function watchGone(step: Step): void {
  step.setTimer('gone', step.context.times.goneAfter);
}

export function unwatchGone(step: Step): void {
  step.clearTimer('gone');
}
