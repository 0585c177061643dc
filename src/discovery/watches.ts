import { basename } from 'node:path';
import type { Clock } from '../contracts/clock.ts';
import type { WatchTarget } from './look.ts';
import { type OpenWatch, openWatch } from './open-watch.ts';

/**
 * With so many events of other entries within a second a directory is busy: each of them makes chokidar read the whole
 * directory.
 */
const BUSY_EVENTS = 32;
const SECOND = 1_000;

/** How long a busy directory is not watched, in milliseconds. A look follows. */
const REST = 2_000;

export interface WatchesOptions {
  readonly clock: Clock;
  /**
   * A target may have changed. `entry` names it where the system says which. `moved`: it was made, removed or renamed.
   * Called after each opening too, because changes before it were missed.
   */
  readonly changed: (name: string, entry: string | null, moved: boolean) => void;
  /** The system refuses watches, so that only looks find changes. */
  readonly refused: (error: unknown) => void;
}

interface Entry {
  desired: readonly WatchTarget[];
  /** What `open` watches. */
  present: readonly WatchTarget[];
  open: OpenWatch | null;
  /** A step is under way. At its end the desired targets are compared again. */
  changing: boolean;
  /** Some changes are not seen: a watched file was replaced, or the system refused the watch. */
  blind: boolean;
  noise: number;
  noiseSince: number;
  endRest: (() => void) | null;
}

/** A set of watches for each app, under its name. */
export class Watches {
  private readonly options: WatchesOptions;
  private readonly all = new Map<string, Entry>();
  private readonly steps = new Set<Promise<void>>();

  constructor(options: WatchesOptions) {
    this.options = options;
  }

  /** Watches these for the app from now on, and nothing else. */
  set(name: string, targets: readonly WatchTarget[]): void {
    const entry = this.all.get(name) ?? newEntry();
    this.all.set(name, entry);
    // At the end of its rest it is opened anyway, and the look that follows sets the right targets.
    if (entry.endRest !== null || (!entry.blind && sameTargets(entry.desired, targets))) return;
    entry.desired = [...targets];
    this.settle(name, entry);
  }

  drop(name: string): void {
    const entry = this.all.get(name);
    if (!entry) return;
    entry.endRest?.();
    entry.endRest = null;
    entry.desired = [];
    this.settle(name, entry);
  }

  async close(): Promise<void> {
    for (const name of [...this.all.keys()]) this.drop(name);
    while (this.steps.size > 0) await Promise.all(this.steps);
  }

  /** Opens and closes, one step at a time, until exactly the desired targets are watched. */
  private settle(name: string, entry: Entry): void {
    if (entry.changing) return;
    if (entry.present === entry.desired) {
      if (entry.desired.length === 0 && entry.endRest === null) this.all.delete(name);
      return;
    }
    entry.changing = true;
    const step = this.change(name, entry)
      .catch(this.options.refused)
      .then(() => {
        entry.changing = false;
        this.steps.delete(step);
        this.settle(name, entry);
      });
    this.steps.add(step);
  }

  private async change(name: string, entry: Entry): Promise<void> {
    const old = entry.open;
    entry.open = null;
    await old?.close();
    entry.blind = false;
    entry.present = entry.desired;
    if (entry.desired.length > 0) entry.open = this.start(name, entry, entry.desired);
  }

  private start(name: string, entry: Entry, targets: readonly WatchTarget[]): OpenWatch {
    const byPath = new Map(targets.map((target) => [target.path, target]));
    let failed = false;
    return openWatch([...byPath.keys()], {
      event: (path, item, moved) => {
        const target = byPath.get(path);
        if (!target) return;
        const { entries } = target;
        // An event of the directory itself carries its own name.
        const itself = entries === null || item === null || (moved && item === basename(path));
        if (moved && itself) entry.blind = true;
        if (itself || entries === 'all' || entries.includes(item)) this.options.changed(name, item, moved);
        else this.notice(name, entry);
      },
      ready: () => {
        // What failed would fail again: the next rescan tries.
        if (!failed) this.options.changed(name, null, false);
      },
      failed: (error) => {
        failed = true;
        entry.blind = true;
        this.options.refused(error);
      },
    });
  }

  /** An entry changed that is no target. */
  private notice(name: string, entry: Entry): void {
    const now = this.options.clock.monotonic();
    if (now - entry.noiseSince > SECOND) {
      entry.noise = 0;
      entry.noiseSince = now;
    }
    entry.noise++;
    if (entry.noise < BUSY_EVENTS || entry.endRest !== null) return;
    const targets = entry.desired;
    entry.desired = [];
    this.settle(name, entry);
    entry.endRest = this.options.clock.after(REST, () => {
      entry.endRest = null;
      entry.desired = targets;
      this.settle(name, entry);
    });
  }
}

function newEntry(): Entry {
  return {
    desired: [],
    present: [],
    open: null,
    changing: false,
    blind: false,
    noise: 0,
    noiseSince: 0,
    endRest: null,
  };
}

function sameTargets(some: readonly WatchTarget[], others: readonly WatchTarget[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
