import type { AppFact, JournalEvent, SupervisorFact } from '../../../src/core/events.ts';
import { builder } from '../../builder.ts';

type Fact = AppFact | SupervisorFact;

/** A row of the journal that tells of one kind of fact. */
export type EventOf<T extends Fact['type']> = JournalEvent & {
  readonly fact: Extract<Fact, { readonly type: T }>;
};

/** The object type for one kind of fact: named after it. */
export function eventRef<T extends Fact['type']>(type: T) {
  return builder.objectRef<EventOf<T>>(`${type}Event`);
}
