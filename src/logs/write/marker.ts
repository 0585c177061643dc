import type { Clock } from '../../contracts/clock.ts';
import type { Mark, MarkStore } from '../../contracts/marks.ts';

export type Draft = Omit<Mark, 'seq'>;

/** Commits what the looks of one turn of the loop found, all of it at once, before anyone is told. */
export interface Marker {
  add(drafts: readonly Draft[]): void;
  /** True when all is committed. */
  flush(): boolean;
  /** The database took no marks at the last try: looking further would only pile them up. */
  readonly blocked: boolean;
  /** Resolves when what was added so far is committed, or the marker is closed. */
  settled(): Promise<void>;
  close(): void;
}

export interface MarkerOptions {
  readonly marks: MarkStore;
  readonly clock: Clock;
  /** In order; after the commit. */
  readonly committed: (marks: readonly Mark[]) => void;
  /** The database took them not: told once, until it takes some again. */
  readonly failed: (error: unknown) => void;
}

const RETRY_MS = 250;

export function createMarker({ marks, clock, committed, failed }: MarkerOptions): Marker {
  let drafts: Draft[] = [];
  let blocked = false;
  let cancelRetry = () => {};
  let waiting: (() => void)[] = [];

  function release(): void {
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }

  function flush(): boolean {
    if (drafts.length > 0) {
      // Bytes found at recovery have times of their own; a stream's own order is kept by this.
      const batch = drafts.toSorted((a, b) => a.at - b.at);
      let made: readonly Mark[];
      try {
        made = marks.append(batch);
      } catch (error) {
        if (!blocked) failed(error);
        blocked = true;
        cancelRetry();
        cancelRetry = clock.after(RETRY_MS, flush);
        return false;
      }
      drafts = [];
      blocked = false;
      cancelRetry();
      committed(made);
    }
    release();
    return true;
  }

  return {
    add(more) {
      for (const draft of more) drafts.push(draft);
    },
    flush,
    get blocked() {
      return blocked;
    },
    settled() {
      if (drafts.length === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    close() {
      cancelRetry();
      release();
    },
  };
}
