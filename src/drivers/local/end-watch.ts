import type { Clock } from '../../contracts/clock.ts';
import type { LocalRun } from './local-run.ts';
import type { Members } from './members.ts';
import type { ProcessIdentity, ProcessRow, ProcessSource } from './process-table.ts';

export interface EndWatch {
  /** Looks at once, and then until nobody of the run is left. Called again: looks at once. */
  watch(run: LocalRun): void;
  forget(run: LocalRun): void;
  close(): void;
}

export interface EndWatchOptions {
  readonly clock: Clock;
  readonly processes: ProcessSource;
  readonly members: Pick<Members, 'of'>;
  /** A look found these. */
  readonly found: (run: LocalRun, members: readonly ProcessRow[]) => void;
  /** A look found nobody; the run is watched no longer. */
  readonly empty: (run: LocalRun) => void;
}

interface Entry {
  /** Of whom the last look found: while one of them lives there is no need for another. */
  witnesses: readonly ProcessIdentity[];
  delay: number;
  due: number;
  turn: number;
  looking: boolean;
  again: boolean;
}

const FIRST_DELAY = 10;
const LONGEST_DELAY = 250;
/** One turn in so many compares start times too: a zombie, or a pid used again, answers signal 0. */
const THOROUGH = 8;

/**
 * Sees to it that the end of a run is noticed where no child's exit tells it: others of its group are left,
 * it was recovered, its shim was killed. One timer for all of them; a turn costs a system call per run.
 */
export function createEndWatch({ clock, processes, members, found, empty }: EndWatchOptions): EndWatch {
  const entries = new Map<LocalRun, Entry>();
  let timer: { readonly due: number; readonly cancel: () => void } | null = null;

  async function look(run: LocalRun, entry: Entry): Promise<void> {
    if (entry.looking) {
      entry.again = true;
      return;
    }
    entry.looking = true;
    const living = await members.of(run);
    entry.looking = false;
    if (entries.get(run) !== entry) return;
    // The shim's end tells of the script's, whoever else is left.
    const shim = living.find(({ pid }) => pid === run.shimIdentity?.pid);
    entry.witnesses = shim ? [shim] : living;
    if (living.length === 0) {
      entries.delete(run);
      empty(run);
    } else {
      found(run, living);
      if (entry.again) {
        entry.again = false;
        void look(run, entry);
      } else plan(entry);
    }
  }

  /** On a grid of its delay, so that many runs share a moment. */
  function plan(entry: Entry): void {
    entry.due = Math.ceil((clock.monotonic() + entry.delay) / entry.delay) * entry.delay;
    entry.delay = Math.min(entry.delay * 2, LONGEST_DELAY);
    wakeAt(entry.due);
  }

  function wakeAt(due: number): void {
    if (timer && timer.due <= due) return;
    timer?.cancel();
    timer = { due, cancel: clock.after(due - clock.monotonic(), turn) };
  }

  function turn(): void {
    timer = null;
    const now = clock.monotonic();
    for (const [run, entry] of entries) {
      if (entry.looking) continue;
      if (entry.due > now + 1) {
        wakeAt(entry.due);
        continue;
      }
      entry.turn++;
      // Whoever was told to end may be a zombie for a while, where the first process of the system is slow to reap.
      const thorough = run.stopping || entry.turn % THOROUGH === 0;
      if (run.killing || !entry.witnesses.some((witness) => lives(witness, thorough))) void look(run, entry);
      else plan(entry);
    }
  }

  function lives(witness: ProcessIdentity, thorough: boolean): boolean {
    if (thorough) return processes.startOf(witness.pid) === witness.start;
    try {
      process.kill(witness.pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  }

  return {
    watch(run) {
      let entry = entries.get(run);
      if (!entry) {
        entry = { witnesses: [], delay: FIRST_DELAY, due: 0, turn: 0, looking: false, again: false };
        entries.set(run, entry);
      }
      entry.delay = FIRST_DELAY;
      void look(run, entry);
    },
    forget(run) {
      entries.delete(run);
    },
    close() {
      entries.clear();
      timer?.cancel();
      timer = null;
    },
  };
}
