import { basename } from 'node:path';
import type { Clock } from '../contracts/clock.ts';
import type { WatchTarget } from './look.ts';
import { type OpenWatch, openWatch } from './open-watch.ts';

/**
 * Events of entries that do not matter, within a second, from which on a directory is busy: each one makes
 * chokidar read the whole directory.
 */
const BUSY_EVENTS = 32;
const SECOND = 1_000;

/** How long a busy directory is not watched, in milliseconds. A look follows. */
const REST = 2_000;

/** A set of watches for each app, under its name. */
export interface Watches {
  /** Watches this for the app from now on, and nothing else. */
  set(name: string, targets: readonly WatchTarget[]): void;
  drop(name: string): void;
  close(): Promise<void>;
}

export interface WatchesOptions {
  readonly clock: Clock;
  /**
   * Something that matters may have changed; `entry` is which, where that is known. `moved`: it was made,
   * removed or renamed. Called after each (re)opening too: what happened before it was missed.
   */
  readonly changed: (name: string, entry: string | null, moved: boolean) => void;
  /** The system refuses watches, so changes are found by looking alone. */
  readonly refused: (error: unknown) => void;
}

interface Entry {
  wanted: readonly WatchTarget[];
  /** What `open` watches. */
  present: readonly WatchTarget[];
  open: OpenWatch | null;
  /** A step is under way; at its end, what is wanted is compared again. */
  changing: boolean;
  /** Something of what is open is not seen: its file was replaced, or the system refused the watch. */
  blind: boolean;
  noise: number;
  noiseSince: number;
  endRest: (() => void) | null;
}

export function createWatches(options: WatchesOptions): Watches {
  const { clock, changed, refused } = options;
  const all = new Map<string, Entry>();
  const steps = new Set<Promise<void>>();

  /** Opens and closes, one step at a time, until what is watched is what is wanted. */
  function settle(name: string, entry: Entry): void {
    if (entry.changing) return;
    if (entry.present === entry.wanted) {
      if (entry.wanted.length === 0 && entry.endRest === null) all.delete(name);
      return;
    }
    entry.changing = true;
    const step = change(name, entry)
      .catch(refused)
      .then(() => {
        entry.changing = false;
        steps.delete(step);
        settle(name, entry);
      });
    steps.add(step);
  }

  async function change(name: string, entry: Entry): Promise<void> {
    const old = entry.open;
    entry.open = null;
    await old?.close();
    entry.blind = false;
    entry.present = entry.wanted;
    if (entry.wanted.length > 0) entry.open = start(name, entry, entry.wanted);
  }

  function start(name: string, entry: Entry, targets: readonly WatchTarget[]): OpenWatch {
    const byPath = new Map(targets.map((target) => [target.path, target]));
    let failed = false;
    return openWatch([...byPath.keys()], {
      event(path, item, moved) {
        const target = byPath.get(path);
        if (!target) return;
        const { entries } = target;
        // An event of the directory itself carries its own name.
        const itself = entries === null || item === null || (moved && item === basename(path));
        if (moved && itself) entry.blind = true;
        if (itself || entries === 'all' || entries.includes(item)) changed(name, item, moved);
        else notice(name, entry);
      },
      ready() {
        // Where it failed it would fail again: it is tried with the next rescan.
        if (!failed) changed(name, null, false);
      },
      failed(error) {
        failed = true;
        entry.blind = true;
        refused(error);
      },
    });
  }

  /** An entry changed that nobody asked about. */
  function notice(name: string, entry: Entry): void {
    const now = clock.monotonic();
    if (now - entry.noiseSince > SECOND) {
      entry.noise = 0;
      entry.noiseSince = now;
    }
    entry.noise++;
    if (entry.noise < BUSY_EVENTS || entry.endRest !== null) return;
    const targets = entry.wanted;
    entry.wanted = [];
    settle(name, entry);
    entry.endRest = clock.after(REST, () => {
      entry.endRest = null;
      entry.wanted = targets;
      settle(name, entry);
    });
  }

  function drop(name: string): void {
    const entry = all.get(name);
    if (!entry) return;
    entry.endRest?.();
    entry.endRest = null;
    entry.wanted = [];
    settle(name, entry);
  }

  return {
    set(name, targets) {
      const entry = all.get(name) ?? newEntry();
      all.set(name, entry);
      // At the end of its rest it is opened anyhow, and the look that follows sets it right.
      if (entry.endRest !== null || (!entry.blind && sameTargets(entry.wanted, targets))) return;
      entry.wanted = [...targets];
      settle(name, entry);
    },
    drop,
    async close() {
      for (const name of [...all.keys()]) drop(name);
      while (steps.size > 0) await Promise.all(steps);
    },
  };
}

function newEntry(): Entry {
  return {
    wanted: [],
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
