import { statfs } from 'node:fs/promises';
import type { Clock } from '../../contracts/clock.ts';
import type { AppId } from '../../core/app.ts';
import type { RunId } from '../../core/run.ts';
import { nextTurn, Slices } from '../../host/event-loop.ts';
import type { LogBus } from '../bus.ts';
import type { Followers } from '../followers.ts';
import type { LogRuns } from '../runs.ts';
import type { Freeing } from './free.ts';
import { type RetentionLimits, Targets } from './policy.ts';
import type { Puncher } from './punch.ts';
import type { Usage } from './usage.ts';

export interface RetentionOptions {
  readonly limits: RetentionLimits;
  readonly clock: Clock;
  /** The time by which lines are too old, in milliseconds since the epoch. */
  readonly earliest: () => number;
  readonly bus: LogBus;
  readonly runs: LogRuns;
  readonly followers: Followers;
  readonly usage: Usage;
  readonly freeing: Freeing;
  readonly puncher: Puncher;
  readonly lowDiskChanged: (free: number | null) => void;
  readonly failed: (error: unknown) => void;
  /** What is free where the runs are, in bytes. Left out: what the system says. */
  readonly free?: (() => Promise<number>) | undefined;
}

/** How often the disk is looked at, in milliseconds; more often while it is low. */
const ROUND = 5_000;
const LOW_ROUND = 1_000;
/** How often ages are looked at, in milliseconds. */
const AGES = 60_000;
/** How many directories of an earlier control plane are looked at without a pause. */
const DIRECTORIES_A_SLICE = 256;

/** Keeps every app's log within its limits, one app at a time. */
export class Retention {
  private readonly options: RetentionOptions;
  /** It frees more than it must, so that a burst can go on for a while before the next time. In bytes. */
  private readonly step: number;
  private readonly targets: Targets;
  private readonly due = new Set<AppId>();
  /** What apps have printed since they were last looked at, in bytes. */
  private readonly grown = new Map<AppId, number>();
  private working: Promise<void> | null = null;
  private low: number | null = null;
  private closed = false;
  private cancelRound = () => {};
  private roundDue = true;
  private agesDue = 0;
  private loaded = false;

  constructor(options: RetentionOptions) {
    const { limits, clock, bus } = options;
    this.options = options;
    this.step = Math.min(16 * 1024 * 1024, Math.floor(limits.bytesPerApp / 4));
    this.targets = new Targets(limits.bytesPerApp, clock);
    bus.on('opened', (app, run) => this.opened(app, run));
    bus.on('grew', (app, run, bytes) => this.grew(app, run, bytes));
    this.wake();
    this.scheduleRound();
  }

  /** What is free, in bytes, where it is too little; else null. */
  lowDisk(): number | null {
    return this.low;
  }

  /** Resolves when all that was asked for so far is done. */
  async settled(): Promise<void> {
    while (this.working) await this.working;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancelRound();
    await this.working;
  }

  private opened(app: AppId, run: RunId): void {
    this.options.usage.added(app, run);
    this.due.add(app);
    this.wake();
  }

  private grew(app: AppId, run: RunId, bytes: number): void {
    this.options.usage.touched(app, run);
    this.targets.grew(app, bytes);
    const sum = (this.grown.get(app) ?? 0) + bytes;
    this.grown.set(app, sum);
    if (sum < this.step / 16) return;
    this.due.add(app);
    this.wake();
  }

  private scheduleRound(): void {
    this.cancelRound = this.options.clock.after(this.low === null ? ROUND : LOW_ROUND, () => {
      this.roundDue = true;
      this.wake();
      this.scheduleRound();
    });
  }

  private wake(): void {
    if (this.closed || this.working) return;
    let hasFailed = false;
    this.working = this.work()
      .catch((error) => {
        hasFailed = true;
        this.options.failed(error);
      })
      .finally(() => {
        this.working = null;
        // What failed is left to the next round.
        if (this.due.size > 0 && !this.closed && !hasFailed) this.wake();
      });
  }

  private async work(): Promise<void> {
    const { usage, failed } = this.options;
    if (!this.loaded) await this.load();
    this.loaded = true;
    while (!this.closed && (this.due.size > 0 || this.roundDue)) {
      if (this.roundDue) {
        this.roundDue = false;
        for (const app of usage.apps()) if (usage.isStale(app)) this.due.add(app);
        await this.freeOutdated().catch(failed);
        await this.relieveDisk().catch(failed);
        continue;
      }
      for (const app of [...this.due]) {
        this.due.delete(app);
        // An app whose files cannot be removed does not hold up the others. The next round tries again.
        await this.keepWithinLimits(app).catch(failed);
        await nextTurn();
      }
    }
  }

  /** Looks at the directories that an earlier control plane left. */
  private async load(): Promise<void> {
    const { runs, usage, freeing, failed } = this.options;
    const slices = new Slices(DIRECTORIES_A_SLICE);
    for (const run of await usage.listDirectories()) {
      const owner = runs.ownerOf(run);
      if (owner !== null) usage.added(owner, run);
      else if (runs.isStray(run)) await freeing.removeStray(run).catch(failed);
      const pause = slices.after();
      if (pause) await pause;
    }
  }

  /** Gives way to other apps and to the look at the disk where the app prints faster than its lines can be freed. */
  private async keepWithinLimits(app: AppId): Promise<void> {
    const { limits, usage, puncher, failed } = this.options;
    this.grown.delete(app);
    for (const run of this.options.runs.surplus(app, limits.endedRuns, usage.runs(app))) {
      if (this.closed) return;
      await this.removeRun(app, run).catch(failed);
    }
    for (let prints = true; !this.closed; ) {
      const bytes = usage.of(app);
      // A file that begins anew loses all of its lines: not before it must.
      const target = (await puncher.canPunch()) ? this.targets.of(app) : limits.bytesPerApp;
      if (bytes <= target || (bytes <= limits.bytesPerApp && !prints)) break;
      this.grown.set(app, 0);
      if (!(await this.shrink(app, bytes, Math.max(this.targets.least, target - this.step)))) break;
      this.targets.freed(app);
      prints = (this.grown.get(app) ?? 0) > 0;
      if (this.roundDue || [...this.due].some((other) => other !== app)) {
        this.due.add(app);
        return;
      }
      await nextTurn();
    }
  }

  private async removeRun(app: AppId, run: RunId): Promise<void> {
    await this.options.freeing.removeRun(app, run);
    this.options.runs.removed(run);
  }

  /** Frees what an app has beyond `target` of its `bytes`. @returns false where nothing more can be freed now */
  private async shrink(app: AppId, bytes: number, target: number): Promise<boolean> {
    const { limits, runs, followers, usage, freeing, puncher } = this.options;
    if (await puncher.canPunch()) {
      const needed = followers.oldestNeeded(app);
      const least = Math.min(target, this.targets.least);
      return freeing.freeOldest(app, (mark, freed) => {
        const left = bytes - freed;
        if (left > limits.bytesPerApp) return true;
        return left > target && left - (mark.to - mark.from) >= least && mark.seq < needed;
      });
    }
    const there = usage.runs(app);
    const last = there.at(-1);
    const ended = there.find((run) => run !== last && runs.hasEnded(run));
    if (ended !== undefined) await freeing.removeRun(app, ended);
    return ended !== undefined || (last !== undefined && freeing.truncate(app, last));
  }

  private async freeOutdated(): Promise<void> {
    const { limits, clock, earliest, usage, freeing } = this.options;
    if (limits.maxAge === null || clock.monotonic() < this.agesDue) return;
    this.agesDue = clock.monotonic() + AGES;
    const oldest = earliest() - limits.maxAge;
    for (const app of usage.apps()) {
      while (!this.closed && (await freeing.freeOldest(app, (mark) => mark.at < oldest))) await nextTurn();
      await nextTurn();
    }
  }

  /** On a disk that is nearly full, logs give way: an app whose stdout meets a full disk may die of it. */
  private async relieveDisk(): Promise<void> {
    const { limits, usage } = this.options;
    let now = await this.free();
    for (let again = true; now < limits.freeBytes && again && !this.closed; now = await this.free()) {
      this.setLow(now);
      again = false;
      for (const app of usage.apps()) {
        // A quarter of each at a time: one that prints much gives more.
        const bytes = usage.of(app);
        again = (await this.shrink(app, bytes, Math.floor((bytes * 3) / 4) - 64 * 1024)) || again;
        if ((await this.free()) >= limits.freeBytes) break;
        await nextTurn();
      }
    }
    this.setLow(now < limits.freeBytes ? now : null);
  }

  private setLow(now: number | null): void {
    const changes = (now === null) !== (this.low === null);
    this.low = now;
    if (changes) this.options.lowDiskChanged(now);
  }

  private async free(): Promise<number> {
    if (this.options.free) return this.options.free();
    try {
      const { bavail, bsize } = await statfs(this.options.runs.runsDir);
      return bavail * bsize;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }
}
