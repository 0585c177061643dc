import { statfs } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../contracts/clock.ts';
import type { AppId } from '../../core/app.ts';
import type { RunId } from '../../core/run.ts';
import type { Freeing } from './free.ts';
import { createAims } from './policy.ts';
import type { Puncher } from './punch.ts';
import type { Usage } from './usage.ts';

export interface RetentionLimits {
  /** What an app's files and marks may take on the disk, in bytes. */
  readonly bytesPerApp: number;
  /** Lines older than this go, in milliseconds; null: however old they are. */
  readonly maxAge: number | null;
  /** How many ended runs of an app are kept. */
  readonly endedRuns: number;
  /** With less than this free on the disk every log shrinks, in bytes. */
  readonly freeBytes: number;
}

export const DEFAULT_RETENTION: RetentionLimits = {
  bytesPerApp: 64 * 1024 * 1024,
  maxAge: null,
  endedRuns: 1_000,
  freeBytes: 64 * 1024 * 1024,
};

export interface Retention {
  /** The app's run is there from now on. */
  opened(app: AppId, run: RunId): void;
  /** The run's files have grown. */
  grew(app: AppId, run: RunId, bytes: number): void;
  /** How much is free where it is too little; null where all is well. */
  lowDisk(): number | null;
  /** Resolves when all that was asked for so far is done. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface RetentionOptions {
  readonly limits: RetentionLimits;
  readonly clock: Clock;
  /** The time by which lines are too old, in milliseconds since the epoch. */
  readonly earliest: () => number;
  readonly runsDir: string;
  readonly usage: Usage;
  readonly freeing: Freeing;
  readonly puncher: Puncher;
  /** The oldest mark that a follower of the app wants soon: only the limit itself takes it away. */
  readonly oldestWanted: (app: AppId) => number;
  /** Begins the files of an app's last run anew; false where that must wait. */
  readonly truncate: (app: AppId, run: RunId) => boolean;
  readonly hasEnded: (run: RunId) => boolean;
  /** The ended runs of an app less the newest so many of them, oldest first. */
  readonly surplus: (app: AppId, keep: number) => readonly RunId[];
  /** A run that retention removed. */
  readonly runRemoved: (run: RunId) => void;
  readonly lowDiskChanged: (free: number | null) => void;
  readonly failed: (error: unknown) => void;
  /** What is free where the runs are, in bytes. */
  readonly free?: () => Promise<number>;
}

/** How often the disk is looked at, in milliseconds; more often while it is low. */
const ROUND = 5_000;
const LOW_ROUND = 1_000;
/** How often ages are. */
const AGES = 60_000;

/** Keeps every app's log within its limits, one app at a time. */
export function createRetention(options: RetentionOptions): Retention {
  const { limits, clock, usage, freeing, puncher } = options;
  // It frees more than it must, so that a burst can go on for a while before the next time.
  const step = Math.min(16 * 1024 * 1024, Math.floor(limits.bytesPerApp / 4));
  const aims = createAims(limits.bytesPerApp, clock);
  const due = new Set<AppId>();
  const grown = new Map<AppId, number>();
  const free = options.free ?? (() => freeOn(options.runsDir));
  let working: Promise<void> | null = null;
  let low: number | null = null;
  let closed = false;
  let cancel = () => {};
  let roundDue = true;
  let agesDue = 0;
  let loaded = false;

  /** An app that prints faster than can be freed takes turns with the others and with the look at the disk. */
  async function keepWithin(app: AppId): Promise<void> {
    grown.delete(app);
    for (const run of options.surplus(app, limits.endedRuns)) {
      if (closed) return;
      await removeRun(app, run).catch(options.failed);
    }
    for (let prints = true; !closed; ) {
      const bytes = usage.of(app);
      // A file that begins anew loses all of its lines: not before it must.
      const aim = (await puncher.canPunch()) ? aims.of(app) : limits.bytesPerApp;
      if (bytes <= aim || (bytes <= limits.bytesPerApp && !prints)) break;
      grown.set(app, 0);
      if (!(await shrink(app, bytes, Math.max(aims.least, aim - step)))) break;
      aims.freed(app);
      prints = (grown.get(app) ?? 0) > 0;
      if (roundDue || [...due].some((other) => other !== app)) {
        due.add(app);
        return;
      }
      await nextTurn();
    }
  }

  async function removeRun(app: AppId, run: RunId): Promise<void> {
    await freeing.run(app, run);
    options.runRemoved(run);
  }

  /** Frees what an app has beyond `aim` of its `bytes`. False where there is nothing more to free now. */
  async function shrink(app: AppId, bytes: number, aim: number): Promise<boolean> {
    if (await puncher.canPunch()) {
      const wanted = options.oldestWanted(app);
      return freeing.oldest(app, (mark, freed) => {
        const left = bytes - freed;
        const after = left - (mark.to - mark.from);
        if (left > limits.bytesPerApp) return true;
        return left > aim && after >= Math.min(aim, aims.least) && mark.seq < wanted;
      });
    }
    const runs = usage.runs(app);
    const last = runs.at(-1);
    const ended = runs.find((run) => run !== last && options.hasEnded(run));
    if (ended !== undefined) await freeing.run(app, ended);
    return ended !== undefined || (last !== undefined && options.truncate(app, last));
  }

  async function removeOutdated(): Promise<void> {
    const { maxAge } = limits;
    if (maxAge === null || clock.monotonic() < agesDue) return;
    agesDue = clock.monotonic() + AGES;
    const oldest = options.earliest() - maxAge;
    for (const app of usage.apps()) {
      while (!closed && (await freeing.oldest(app, (mark) => mark.at < oldest))) await nextTurn();
      await nextTurn();
    }
  }

  /** The disk is nearly full: logs give way, for an app whose stdout meets a full disk may die of it. */
  async function relieve(): Promise<void> {
    let now = await free();
    for (let again = true; now < limits.freeBytes && again && !closed; now = await free()) {
      tell(now);
      again = false;
      for (const app of usage.apps()) {
        // A quarter of each at a time: one that prints much gives more.
        const bytes = usage.of(app);
        again = (await shrink(app, bytes, Math.floor((bytes * 3) / 4) - 64 * 1024)) || again;
        if ((await free()) >= limits.freeBytes) break;
        await nextTurn();
      }
    }
    tell(now < limits.freeBytes ? now : null);
  }

  function tell(now: number | null): void {
    const changes = (now === null) !== (low === null);
    low = now;
    if (changes) options.lowDiskChanged(now);
  }

  async function work(): Promise<void> {
    if (!loaded) await usage.load();
    loaded = true;
    while (!closed && (due.size > 0 || roundDue)) {
      if (roundDue) {
        roundDue = false;
        for (const app of usage.apps()) if (usage.isStale(app)) due.add(app);
        await removeOutdated().catch(options.failed);
        await relieve().catch(options.failed);
        continue;
      }
      for (const app of [...due]) {
        due.delete(app);
        // One whose files cannot be removed keeps no other from its turn; the next round tries again.
        await keepWithin(app).catch(options.failed);
        await nextTurn();
      }
    }
  }

  function wake(): void {
    if (closed || working) return;
    let hasFailed = false;
    working = work()
      .catch((error) => {
        hasFailed = true;
        options.failed(error);
      })
      .finally(() => {
        working = null;
        // What failed is left to the next round.
        if (due.size > 0 && !closed && !hasFailed) wake();
      });
  }

  function round(): void {
    cancel = clock.after(low === null ? ROUND : LOW_ROUND, () => {
      roundDue = true;
      wake();
      round();
    });
  }

  wake();
  round();
  return {
    opened(app, run) {
      usage.added(app, run);
      due.add(app);
      wake();
    },
    grew(app, run, bytes) {
      usage.touched(app, run);
      aims.grew(app, bytes);
      const sum = (grown.get(app) ?? 0) + bytes;
      grown.set(app, sum);
      if (sum < step / 16) return;
      due.add(app);
      wake();
    },
    lowDisk: () => low,
    async settled() {
      while (working) await working;
    },
    async close() {
      closed = true;
      cancel();
      await working;
    },
  };
}

async function freeOn(directory: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
