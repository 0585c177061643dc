import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../contracts/clock.ts';
import { RUN_FILES } from '../../core/run.ts';
import { readRegular } from '../../host/safe-read.ts';
import { persistently } from './coalesce.ts';
import { isPopulated, pidsIn } from './control-groups.ts';
import type { ProcessRow, ProcessSource } from './process-table.ts';
import type { RunProcesses } from './run-processes.ts';
import { membersOf } from './run-tree.ts';

/** Looks soon after a run began, in milliseconds after the spawn: what leaves its group does so early. */
const EARLY_LOOKS = [15, 50, 150, 400, 1_000, 2_500];
/** And then at every multiple of this, so that one look serves all runs. */
const LOOK_EVERY = 10_000;
/** A list of members that is longer is forged. In bytes. */
const LARGEST_FILE = 1_048_576;
/** From one list of a group to the next, in milliseconds, where no process is listed and one is left. */
const LIST_AGAIN = 2;
/** How often at most, where those that were listed last are still there: they may have been moved to another group. */
const ENDING_LOOKS = 50;

/**
 * Knows which processes belong to a run. Where the run has a cgroup, the kernel knows, and none escapes. Elsewhere
 * they are its process group, the carriers of its mark, and what is born of these, followed while it lives.
 */
export class Members {
  readonly #processes: ProcessSource;
  readonly #clock: Clock;
  readonly #timers = new Map<RunProcesses, () => void>();
  /** What each run's `members` file holds. */
  readonly #written = new Map<RunProcesses, string>();
  /** The last processes that each cgroup listed. */
  readonly #listed = new Map<string, readonly ProcessRow[]>();
  #closed = false;

  constructor(processes: ProcessSource, clock: Clock) {
    this.#processes = processes;
    this.#clock = clock;
  }

  /** The living processes of a run, the shim included. Never rejects: it looks again until the system answers. */
  async of(run: RunProcesses): Promise<readonly ProcessRow[]> {
    const { controlGroup } = run;
    if (controlGroup !== null) return persistently(() => this.#inGroup(controlGroup));
    const members = membersOf(await this.#processes.scan(), run);
    await this.#remember(run);
    return members;
  }

  /** Looks at a run without a cgroup from time to time, so that what leaves its group is seen before its parent ends. */
  follow(run: RunProcesses): void {
    if (run.controlGroup !== null || this.#timers.has(run)) return;
    const began = this.#clock.monotonic();
    const plan = (looks: number): void => {
      const now = this.#clock.monotonic();
      const early = EARLY_LOOKS[looks];
      const due = early === undefined ? Math.ceil((now + 1) / LOOK_EVERY) * LOOK_EVERY : began + early;
      const cancel = this.#clock.after(Math.max(1, due - now), () => {
        void this.of(run).then(() => {
          if (this.#timers.has(run)) plan(looks + 1);
        });
      });
      this.#timers.set(run, cancel);
    };
    plan(0);
  }

  forget(run: RunProcesses): void {
    this.#timers.get(run)?.();
    this.#timers.delete(run);
    this.#written.delete(run);
    if (run.controlGroup !== null) this.#listed.delete(run.controlGroup);
  }

  /** Answers that are under way may be incomplete then. */
  close(): void {
    this.#closed = true;
    for (const run of [...this.#timers.keys()]) this.forget(run);
  }

  /** Reads what the control plane before this one had followed. */
  async recall(run: RunProcesses): Promise<void> {
    const file = await readRegular(join(run.directory, RUN_FILES.members), LARGEST_FILE).catch(() => null);
    const [boot, ...lines] = file?.bytes.toString('latin1').split('\n') ?? [];
    if (boot === undefined || !this.#processes.isThisBoot(boot)) return;
    for (const line of lines) {
      const [pid, start] = line.split(' ').map(Number);
      if (pid !== undefined && start !== undefined && pid > 1 && Number.isFinite(start))
        run.followed.set(pid, start);
    }
  }

  async #inGroup(group: string): Promise<readonly ProcessRow[]> {
    for (let looks = 0; ; looks += 1) {
      const pids = pidsIn(group).filter((pid) => pid !== process.pid);
      const rows = pids.flatMap((pid) => this.#processes.rowOf(pid) ?? []);
      if (rows.length > 0) this.#listed.set(group, rows);
      // An empty list is no proof: a child may have been forked while it was made, or a
      // process that is still closing its files and ports, or has not quite ended.
      const isEnding = looks < ENDING_LOOKS && this.#isLiving(this.#listed.get(group));
      if (rows.length > 0 || this.#closed || !(isPopulated(group) || isEnding)) return rows;
      await new Promise((resolve) => setTimeout(resolve, LIST_AGAIN).unref());
    }
  }

  #isLiving(rows: readonly ProcessRow[] = []): boolean {
    return rows.some(({ pid, start }) => this.#processes.startOf(pid) === start);
  }

  /** What is followed outlives this process: the next one cannot find it by group or mark. */
  async #remember(run: RunProcesses): Promise<void> {
    const lines = [...run.followed].map(([pid, start]) => `${pid} ${start}\n`).sort();
    const text = lines.length === 0 ? '' : `${this.#processes.boot}\n${lines.join('')}`;
    if (run.over || (this.#written.get(run) ?? '') === text) return;
    this.#written.set(run, text);
    // If the write fails (for example, the disk is full), only a restart of the control plane loses sight of them.
    await writeFile(join(run.directory, RUN_FILES.members), text, { mode: 0o600 }).catch(() => {});
  }
}
