import type { AppFact } from './events.ts';
import { exitLine, wasAsked } from './exit.ts';
import type { HealthRules } from './health-check.ts';
import type { EndCause, Lifecycle, Next, Phase } from './lifecycle.ts';
import type { Effect, Outcome, TimerName } from './lifecycle-events.ts';
import {
  afterEnd,
  endText,
  putOff,
  type RestartPolicy,
  remainingDelay,
  type UnaskedEnd,
} from './restarts.ts';
import type { ProcessExit, Run, RunCause, RunId } from './run.ts';
import type { Times } from './times.ts';

/** What a transition may know besides the state and the event. */
export interface Context {
  /** The wall clock, in milliseconds since the epoch. */
  readonly now: number;
  /** The number that a run begun now will have. */
  readonly nextRun: RunId;
  readonly app: number;
  readonly times: Times;
  /** From the spawn to ready: the app's `toes.startupTimeout`, or the server's own setting. Milliseconds. */
  readonly startupTimeout: number;
  /** The app's `toes.restart`. */
  readonly restart: RestartPolicy;
  readonly health: HealthRules;
  /** Names this boot of the machine. */
  readonly boot: string;
  /** From 0 up to 1, anew for each transition: for jitter. */
  readonly chance: number;
}

/** The timers that belong to a run and die with it. */
const RUN_TIMERS: readonly TimerName[] = [
  ...(['install', 'startup', 'ready', 'stable', 'health', 'grace', 'kill'] as const),
  'invalid',
];

/** One transition while it is being made: the verbs that the table of `transition.ts` is written in. */
export class TransitionDraft {
  readonly context: Context;
  private state: Lifecycle;
  private readonly effects: Effect[] = [];
  private readonly facts: AppFact[] = [];
  private readonly runs: Run[] = [];

  constructor(state: Lifecycle, context: Context) {
    this.state = state;
    this.context = context;
  }

  get lifecycle(): Lifecycle {
    return this.state;
  }

  outcome(): Outcome {
    return { state: this.state, effects: this.effects, facts: this.facts, runs: this.runs };
  }

  set(change: Partial<Lifecycle>): void {
    this.state = { ...this.state, ...change };
  }

  enter(phase: Phase): void {
    this.set({ phase });
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  log(run: Pick<Run, 'id'>, text: string): void {
    this.effect({ do: 'LOG', run: run.id, text });
  }

  setTimer(timer: TimerName, ms: number): void {
    this.effect({ do: 'SET_TIMER', timer, ms });
  }

  clearTimer(timer: TimerName): void {
    this.effect({ do: 'CLEAR_TIMER', timer });
  }

  /** The run's record changed; answers it, for the phase. */
  saved(run: Run): Run {
    this.runs.push(run);
    return run;
  }

  /** Begins a run, unless the manifest, a hold or the operator is in the way. No run goes on now. */
  begin(cause: RunCause, actor: string): void {
    this.settle({ kind: 'START', cause, actor });
  }

  /** No run goes on now: continues as `next` says, as far as the manifest, a hold and the operator allow. */
  settle(next: Next, ended: Run | null = null): void {
    const { invalid, present, hold, desired } = this.state;
    this.clearTimer('restart');
    if (!present) return this.enter({ kind: 'GONE' });
    if (invalid !== null) return this.enter({ kind: 'INVALID' });
    // Also while it is held: letting go must not start it.
    if (next.kind === 'EXITED' && desired === 'RUNNING')
      return this.enter({ kind: 'EXITED', boot: this.context.boot });
    if (hold !== null) {
      this.set({ hold: { ...hold, resume: next } });
      return this.enter({ kind: 'STOPPED', needsPort: false });
    }
    if (next.kind === 'START') {
      // A new attempt begins: how the one before failed is no longer the app's error.
      this.set({ error: null });
      const run = { id: this.context.nextRun, cause: next.cause, actor: next.actor };
      this.enter({ kind: 'CLAIMING', run });
      return this.effect({ do: 'CLAIM_PORT', run: run.id });
    }
    if (next.kind === 'BACKOFF' && desired === 'RUNNING') return this.backOff(next.cause, ended);
    this.enter({ kind: 'STOPPED', needsPort: false });
  }

  /** An unasked end: it becomes the app's error. Answers what follows. */
  unasked(end: UnaskedEnd): Next {
    const { restart } = this.context;
    this.set({ error: endText(restart, end) });
    return afterEnd(restart, end);
  }

  private backOff(cause: RunCause, ended: Run | null): void {
    const { now, chance, times } = this.context;
    const { attempt, delay, wait, dueAt } = putOff(this.state.attempts, {
      ...{ now, chance, delays: times.restartDelays },
    });
    this.set({ attempts: attempt });
    this.enter({ kind: 'BACKOFF', attempt, dueAt, cause });
    this.facts.push({ type: 'RestartScheduled', restart: { attempt, at: dueAt } });
    this.setTimer('restart', wait);
    if (ended) this.log(ended, `Scheduling restart in ${delay / 1000}s (attempt ${attempt})...`);
  }

  /** Goes on waiting for a restart that was scheduled before. */
  resumeBackOff(phase: Extract<Phase, { kind: 'BACKOFF' }>): void {
    this.enter(phase);
    this.setTimer('restart', remainingDelay(phase.dueAt, this.context.now, this.context.times.restartDelays));
  }

  /** Asks the run's processes to end; SIGKILL follows after the grace. */
  end(run: Run, why: EndCause, next: Next): void {
    for (const timer of RUN_TIMERS) this.clearTimer(timer);
    if (wasAsked(why)) this.log(run, 'Stopping...');
    this.enter({ kind: 'ENDING', run: this.saved({ ...run, phase: 'ENDING' }), why, next, killed: false });
    this.effect({ do: 'STOP', run: run.id });
    this.setTimer('grace', this.context.times.stopGrace);
  }

  /** The last process of the run is gone. */
  ended(run: Run, exit: ProcessExit, line: string | null, next: Next): void {
    for (const timer of RUN_TIMERS) this.clearTimer(timer);
    const endedAt = exit.at;
    const record = this.saved({ ...run, phase: 'ENDED', pid: null, endedAt, exit });
    this.log(record, line ?? exitLine(exit));
    this.facts.push({ type: 'RunEnded', run: run.id, exit });
    this.settle(next, record);
  }
}
