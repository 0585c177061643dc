import type { Clock } from '../../contracts/clock.ts';
import type { Members } from './members.ts';
import type { ProcessIdentity, ProcessRow, ProcessSource } from './process-table.ts';
import type { RunProcesses } from './run-processes.ts';

/** A run whose end is watched. */
export interface WatchedRun extends RunProcesses {
  /** A look found these processes of the run. */
  someLeft(living: readonly ProcessRow[]): void;
  /** A look found no process of the run; the run is watched no longer. */
  noneLeft(): unknown;
}

interface Entry {
  /** Some of those that the last look found: while one of them lives, no other look is needed. */
  witnesses: readonly ProcessIdentity[];
  delay: number;
  due: number;
  looks: number;
  looking: boolean;
  again: boolean;
}

const FIRST_DELAY = 10;
const LONGEST_DELAY = 250;
/** One look in so many compares start times too: a zombie, or a pid used again, answers signal 0. */
const THOROUGH = 8;

/**
 * Notices the end of a run if no child's exit shows it: others of its group are left, the run was recovered, or its shim
 * was killed. One timer serves all runs. Each time, it costs one system call for each run.
 */
export class EndWatch {
  readonly #clock: Clock;
  readonly #processes: ProcessSource;
  readonly #members: Pick<Members, 'of'>;
  readonly #entries = new Map<WatchedRun, Entry>();
  #timer: { readonly due: number; readonly cancel: () => void } | null = null;

  constructor(clock: Clock, processes: ProcessSource, members: Pick<Members, 'of'>) {
    this.#clock = clock;
    this.#processes = processes;
    this.#members = members;
  }

  /** Looks at once, and then until no process of the run is left. Called again: looks at once. */
  watch(run: WatchedRun): void {
    let entry = this.#entries.get(run);
    if (!entry) {
      entry = { witnesses: [], delay: FIRST_DELAY, due: 0, looks: 0, looking: false, again: false };
      this.#entries.set(run, entry);
    }
    entry.delay = FIRST_DELAY;
    void this.#look(run, entry);
  }

  forget(run: RunProcesses): void {
    this.#entries.delete(run as WatchedRun);
  }

  close(): void {
    this.#entries.clear();
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #look(run: WatchedRun, entry: Entry): Promise<void> {
    if (entry.looking) {
      entry.again = true;
      return;
    }
    entry.looking = true;
    const living = await this.#members.of(run);
    entry.looking = false;
    if (this.#entries.get(run) !== entry) return;
    // The end of the shim shows the end of the script, whatever other processes are left.
    const shim = living.find(({ pid }) => pid === run.shimIdentity?.pid);
    entry.witnesses = shim ? [shim] : living;
    if (living.length === 0) {
      this.#entries.delete(run);
      run.noneLeft();
      return;
    }
    run.someLeft(living);
    if (entry.again) {
      entry.again = false;
      void this.#look(run, entry);
    } else this.#plan(entry);
  }

  /** On a grid of its delay, so that many runs share a moment. */
  #plan(entry: Entry): void {
    entry.due = Math.ceil((this.#clock.monotonic() + entry.delay) / entry.delay) * entry.delay;
    entry.delay = Math.min(entry.delay * 2, LONGEST_DELAY);
    this.#wakeAt(entry.due);
  }

  #wakeAt(due: number): void {
    if (this.#timer && this.#timer.due <= due) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(due - this.#clock.monotonic(), () => this.#wake());
    this.#timer = { due, cancel };
  }

  #wake(): void {
    this.#timer = null;
    const now = this.#clock.monotonic();
    for (const [run, entry] of this.#entries) {
      if (entry.looking) continue;
      if (entry.due > now + 1) {
        this.#wakeAt(entry.due);
        continue;
      }
      entry.looks++;
      // A process that was asked to end may be a zombie for a while, if the first process of the system is slow to reap.
      const thorough = run.stopping || entry.looks % THOROUGH === 0;
      const isWitnessed = entry.witnesses.some((witness) => this.#lives(witness, thorough));
      if (run.killing || !isWitnessed) void this.#look(run, entry);
      else this.#plan(entry);
    }
  }

  #lives(witness: ProcessIdentity, thorough: boolean): boolean {
    if (thorough) return this.#processes.startOf(witness.pid) === witness.start;
    try {
      process.kill(witness.pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  }
}
