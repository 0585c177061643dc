import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { AppRecord, AppStore, RunStore } from '../contracts/stores.ts';
import { isSameDirectory } from '../core/app-access.ts';
import { reasonOf } from '../core/errors.ts';
import { type AppFact, SUPERVISOR_ACTOR } from '../core/events.ts';
import { healthRules } from '../core/health-check.ts';
import { liveRun } from '../core/lifecycle.ts';
import type { Effect, LifecycleEvent, Outcome } from '../core/lifecycle-events.ts';
import { DEFAULT_RESTART_POLICY } from '../core/restarts.ts';
import type { RunId } from '../core/run.ts';
import type { Times } from '../core/times.ts';
import { transition } from '../core/transition.ts';
import type { Context } from '../core/transition-draft.ts';
import { factsBetween } from './app-view.ts';
import { type Journal, NotCommitted } from './journal.ts';
import { Mailbox } from './mailbox.ts';
import { Timers } from './timers.ts';

/** A change of an app's record besides its lifecycle: what discovery saw, or a new name. */
export type RecordPatch = Partial<Omit<AppRecord, 'id' | 'createdAt' | 'revision' | 'lifecycle'>>;

/** One committed change of an app. */
export interface Change {
  readonly event: LifecycleEvent | null;
  readonly before: AppRecord;
  readonly after: AppRecord;
  readonly facts: readonly AppFact[];
}

export interface RunnerOptions {
  readonly apps: AppStore;
  readonly runs: RunStore;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly times: Times;
  readonly logger: Logger;
  /** Names this boot of the machine. */
  readonly boot: string;
  /** A number from 0 up to 1, anew at each call. */
  readonly chance: () => number;
  /** Hands out the numbers of runs: `peek` is the next one, `take` uses it up. */
  readonly runIds: { peek(): RunId; take(): void };
  /** Does what the transition asks for, except for timers. Results come back by `post`. Never throws. */
  readonly effects: {
    perform(runner: Runner, effect: Exclude<Effect, { do: 'SET_TIMER' | 'CLEAR_TIMER' }>): void;
  };
  /** Called after each commit and before its effects run. */
  readonly changed: (runner: Runner, change: Change) => void;
}

interface Message {
  readonly event: LifecycleEvent | null;
  readonly patch: RecordPatch;
  readonly actor: string;
  /** Of a command: it is refused where the database is; everything else waits until it is not. */
  readonly done: ((error: Error | null) => void) | null;
  /** What clients see of the app has changed elsewhere. */
  readonly touched?: boolean;
  /** Asked when the message is taken: whether it means nothing any more. */
  readonly isStale?: () => boolean;
}

/** How long until a commit that failed is tried again, in milliseconds. */
const RETRY_AFTER = 1_000;

/**
 * Lives one app's life: takes messages one at a time, asks the transition function, commits the new
 * state with its facts in one transaction, announces the change, and then performs the effects.
 */
export class Runner {
  private current: AppRecord;
  private readonly options: RunnerOptions;
  private readonly timers: Timers;
  private readonly mailbox: Mailbox<Message>;
  /** Each with what is called when nothing will change any more. */
  private readonly watchers = new Map<(change: Change) => void, () => void>();
  private cancelRetry: (() => void) | null = null;
  /** A change waits for the database. This is logged once, however often it is tried. */
  private isWaiting = false;
  private closed = false;

  constructor(record: AppRecord, options: RunnerOptions) {
    this.current = record;
    this.options = options;
    this.timers = new Timers(options.clock, (timer, isStale) => {
      const event: LifecycleEvent = { type: 'TIMER', timer };
      this.mailbox.post({ event, patch: {}, actor: SUPERVISOR_ACTOR, done: null, isStale });
    });
    this.mailbox = new Mailbox((message) => this.handle(message));
  }

  /** As last committed. */
  get record(): AppRecord {
    return this.current;
  }

  /** It takes no messages any more: the control plane has ended, or is about to. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** An event. It is never lost: while the database refuses, it waits. */
  post(event: LifecycleEvent | null, patch: RecordPatch = {}, actor = SUPERVISOR_ACTOR): void {
    if (this.closed) return;
    this.mailbox.post({ event, patch, actor, done: null });
  }

  /**
   * A command. Resolves when it is committed.
   * @throws NotCommitted
   */
  command(event: LifecycleEvent | null, actor: string, patch: RecordPatch = {}): Promise<void> {
    if (this.closed) return Promise.reject(new NotCommitted('The app takes no commands any more'));
    if (this.cancelRetry)
      return Promise.reject(new NotCommitted('The database takes no changes at the moment'));
    return new Promise((resolve, reject) => {
      const done = (error: Error | null) => (error ? reject(error) : resolve());
      this.mailbox.post({ event, patch, actor, done });
    });
  }

  /** Something that clients see of the app, and that is not in its record, has changed: its port. */
  touch(): void {
    if (this.closed) return;
    this.mailbox.post({ event: null, patch: {}, actor: SUPERVISOR_ACTOR, done: null, touched: true });
  }

  /** Calls back after each commit of this app's, and once when it is closed. The answer ends both. */
  watch(watcher: (change: Change) => void, closed = () => {}): () => void {
    this.watchers.set(watcher, closed);
    return () => this.watchers.delete(watcher);
  }

  /** No timer fires and nothing is taken any more. */
  close(): void {
    this.closed = true;
    this.timers.clearAll();
    this.cancelRetry?.();
    this.cancelRetry = null;
    for (const closed of [...this.watchers.values()]) closed();
    this.watchers.clear();
    this.mailbox.resume();
  }

  private handle({ event, patch, actor, done, touched = false, isStale }: Message): 'DONE' | 'LATER' {
    if (this.cancelRetry) return 'LATER';
    if (isStale?.()) return 'DONE';
    if (this.closed) {
      done?.(new NotCommitted('The app takes no commands any more'));
      return 'DONE';
    }
    const before = this.current;
    const outcome = this.decide(event, patch);
    const lifecycle = outcome?.state ?? before.lifecycle;
    const draft = withGrant({ ...before, ...patch, lifecycle }, before);
    const facts = inOrder(outcome?.facts ?? [], factsBetween(before, draft));
    const sameRun = liveRun(lifecycle.phase) === liveRun(before.lifecycle.phase);
    const visible = touched || facts.length > 0 || !sameRun;
    const after = visible ? { ...draft, revision: before.revision + 1 } : draft;
    if (
      visible ||
      lifecycle !== before.lifecycle ||
      draft.granted !== before.granted ||
      Object.keys(patch).length > 0
    ) {
      try {
        this.commit(after, outcome, facts, actor);
      } catch (error) {
        return this.refused(error, done);
      }
    }
    this.announce({ event, before, after, facts });
    done?.(null);
    for (const effect of outcome?.effects ?? []) this.perform(effect);
    return 'DONE';
  }

  private decide(event: LifecycleEvent | null, patch: RecordPatch): Outcome | null {
    if (event === null) return null;
    const { clock, times, runIds, boot } = this.options;
    const { id, lifecycle, manifest } = this.current;
    const context: Context = {
      app: id,
      now: clock.now(),
      chance: this.options.chance(),
      nextRun: runIds.peek(),
      times,
      startupTimeout: manifest?.startupTimeout ?? times.startupTimeout,
      boot,
      restart: manifest?.restart ?? DEFAULT_RESTART_POLICY,
      health: healthRules(manifest?.health, times),
    };
    const outcome = transition(lifecycle, event, context);
    const claim = outcome.effects.find((effect) => effect.do === 'CLAIM_PORT');
    const now = { ...this.current, ...patch };
    if (!claim || now.manifest?.servesPort !== false) return outcome;
    // A worker has no port to take, so nothing can fail here: what follows shares the commit.
    const { release } = now;
    const claimed = { type: 'CLAIMED', run: claim.run, port: null, release, note: null } as const;
    return inOne(outcome, transition(outcome.state, claimed, context));
  }

  private commit(after: AppRecord, outcome: Outcome | null, facts: readonly AppFact[], actor: string): void {
    const { apps, runs, journal, clock, runIds } = this.options;
    const at = clock.now();
    journal.commit(() => {
      apps.update(after);
      for (const run of outcome?.runs ?? []) runs.save(run);
      return facts.map((fact) => ({ at, actor, fact, app: { id: after.id, name: after.name } }));
    });
    this.isWaiting = false;
    const { phase } = after.lifecycle;
    if ('run' in phase && phase.run.id === runIds.peek()) runIds.take();
    this.current = after;
  }

  /** A command is answered; anything else stays at the head of the mailbox and is tried again. */
  private refused(error: unknown, done: Message['done']): 'DONE' | 'LATER' {
    const { logger, clock } = this.options;
    const { name } = this.current;
    if (done) {
      done(error instanceof Error ? error : new Error(reasonOf(error)));
      return 'DONE';
    }
    if (!this.isWaiting)
      logger.error(
        { err: error instanceof NotCommitted ? error.cause : error, app: name },
        'a change could not be committed; it is tried again every second',
      );
    this.isWaiting = true;
    this.cancelRetry = clock.after(RETRY_AFTER, () => {
      this.cancelRetry = null;
      this.mailbox.resume();
    });
    return 'LATER';
  }

  private announce(change: Change): void {
    this.options.changed(this, change);
    for (const watcher of [...this.watchers.keys()]) watcher(change);
  }

  private perform(effect: Effect): void {
    if (effect.do === 'SET_TIMER') this.timers.set(effect.timer, effect.ms);
    else if (effect.do === 'CLEAR_TIMER') this.timers.clear(effect.timer);
    else this.options.effects.perform(this, effect);
  }
}

/** Two transitions, one after the other, as one. The port is claimed already. */
function inOne(first: Outcome, second: Outcome): Outcome {
  return {
    state: second.state,
    effects: [...first.effects.filter((effect) => effect.do !== 'CLAIM_PORT'), ...second.effects],
    facts: [...first.facts, ...second.facts],
    runs: [...first.runs, ...second.runs],
  };
}

/** A run's end comes before the state that follows from it, a restart's date after it. */
function inOrder(own: readonly AppFact[], seen: readonly AppFact[]): AppFact[] {
  const ends = own.filter((fact) => fact.type === 'RunEnded');
  return [...ends, ...seen, ...own.filter((fact) => fact.type !== 'RunEnded')];
}

/** A grant ends with the directory of the app: for another directory, it must be given again. */
function withGrant(draft: AppRecord, before: AppRecord): AppRecord {
  const stays = draft.lifecycle.present && isSameDirectory(draft.identity, before.identity);
  return stays || draft.granted === null ? draft : { ...draft, granted: null };
}
