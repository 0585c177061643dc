import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { EventStore, MetaStore, Transactions } from '../contracts/stores.ts';
import type { EventReader } from '../contracts/supervisor.ts';
import { reasonOf } from '../core/errors.ts';
import { type AppFact, type NewEvent, SUPERVISOR_ACTOR, type SupervisorFact } from '../core/events.ts';

/** The database refused a commit, with its reason: nothing of it was kept. */
export class NotCommitted extends Error {
  override readonly name = 'NotCommitted';
}

/** The journal: facts go in with what they are about, in one transaction; readers are woken after it. */
export interface Journal extends EventReader {
  /**
   * Does `work`, appends the events that it answers, and commits both.
   * @throws NotCommitted; then no listener is called.
   */
  commit(work: () => readonly NewEvent[]): void;
  /**
   * Appends what happened to the supervisor itself, or a fact of an app that comes with no change of its record.
   * Where the database refuses, the log of the server has it.
   */
  tell(fact: SupervisorFact): void;
  tell(fact: AppFact, app: NewEvent['app']): void;
}

export function createJournal(options: {
  events: EventStore;
  meta: MetaStore;
  transactions: Transactions;
  clock: Clock;
  logger: Logger;
}): Journal {
  const { events, meta, transactions, clock, logger } = options;
  const listeners = new Set<() => void>();
  let waking = false;

  function wake(): void {
    if (waking) return;
    waking = true;
    setImmediate(() => {
      waking = false;
      for (const listener of [...listeners]) {
        try {
          listener();
        } catch (err) {
          // A reader's fault is the reader's own: the others are told all the same.
          logger.error({ err }, 'a listener of the journal threw');
        }
      }
    });
  }

  function commit(work: () => readonly NewEvent[]): void {
    let appended: readonly unknown[];
    try {
      appended = transactions.transaction(() => events.append(work()));
    } catch (error) {
      throw new NotCommitted(reasonOf(error), { cause: error });
    }
    if (appended.length > 0) wake();
  }

  return {
    identity: { database: meta.databaseId, epoch: meta.epoch },
    commit,
    tell(fact: AppFact | SupervisorFact, app: NewEvent['app'] = null) {
      try {
        commit(() => [{ at: clock.now(), actor: SUPERVISOR_ACTOR, app, fact }]);
      } catch (err) {
        logger.error({ err, fact }, 'an event could not be kept');
      }
    },
    page: (request) => events.page(request),
    get: (seq) => events.get(seq),
    last: () => events.last(),
    first: () => events.first(),
    endOfEpoch: (epoch) => meta.lastEventOfEpoch(epoch),
    onMore(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
