import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type {
  EventPage,
  EventPageRequest,
  EventStore,
  MetaStore,
  Transactions,
} from '../contracts/stores.ts';
import type { EventReader } from '../contracts/supervisor.ts';
import { reasonOf } from '../core/errors.ts';
import {
  type AppFact,
  type JournalEvent,
  type NewEvent,
  SUPERVISOR_ACTOR,
  type SupervisorFact,
} from '../core/events.ts';

/** The database refused a commit and kept nothing of it. The message is the database's reason. */
export class NotCommitted extends Error {
  override readonly name = 'NotCommitted';
}

interface JournalParts {
  readonly events: EventStore;
  readonly meta: Pick<MetaStore, 'databaseId' | 'epoch' | 'lastEventOfEpoch'>;
  readonly transactions: Transactions;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** The journal: a fact and the change that it is about are one transaction. Readers are woken after the commit. */
export class Journal implements EventReader {
  readonly identity: EventReader['identity'];
  private readonly parts: JournalParts;
  private readonly listeners = new Set<() => void>();
  private waking = false;
  private commits = 0;

  constructor(parts: JournalParts) {
    this.parts = parts;
    this.identity = { database: parts.meta.databaseId, epoch: parts.meta.epoch };
  }

  /**
   * Does `work`, appends the events that it returns, and commits both.
   * @throws NotCommitted; then no listener is called
   */
  commit(work: () => readonly NewEvent[]): void {
    const { transactions, events } = this.parts;
    let appended: readonly unknown[];
    try {
      appended = transactions.transaction(() => events.append(work()));
    } catch (error) {
      throw new NotCommitted(reasonOf(error), { cause: error });
    }
    this.commits += 1;
    if (appended.length > 0) this.wake();
  }

  /**
   * Appends a fact that no change of an app's record comes with. Never throws: where the database refuses, the
   * server's log has the fact.
   * @param app whose fact it is; null for a fact of the supervisor itself
   */
  record(fact: SupervisorFact): void;
  record(fact: AppFact, app: NewEvent['app']): void;
  record(fact: AppFact | SupervisorFact, app: NewEvent['app'] = null): void {
    const { clock, logger } = this.parts;
    try {
      this.commit(() => [{ at: clock.now(), actor: SUPERVISOR_ACTOR, app, fact }]);
    } catch (err) {
      logger.error({ err, fact }, 'an event could not be committed');
    }
  }

  /** How many commits there were. Every change of an app's record, its live run or its port is one. */
  get version(): number {
    return this.commits;
  }

  page(request: EventPageRequest): EventPage {
    return this.parts.events.page(request);
  }

  get(seq: number): JournalEvent | null {
    return this.parts.events.get(seq);
  }

  last(): number {
    return this.parts.events.last();
  }

  first(): number {
    return this.parts.events.first();
  }

  endOfEpoch(epoch: number): number | null {
    return this.parts.meta.lastEventOfEpoch(epoch);
  }

  onMore(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private wake(): void {
    if (this.waking) return;
    this.waking = true;
    setImmediate(() => {
      this.waking = false;
      for (const listener of [...this.listeners]) {
        try {
          listener();
        } catch (err) {
          // One reader that fails must not keep the others from the news.
          this.parts.logger.error({ err }, 'a listener of the journal threw');
        }
      }
    });
  }
}
