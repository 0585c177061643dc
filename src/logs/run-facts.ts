import type { MarkStore } from '../contracts/marks.ts';
import type { RunStore } from '../contracts/stores.ts';
import type { AppId } from '../core/app.ts';
import type { RunId } from '../core/run.ts';

/** What is known of runs, most of which were never opened by this control plane. */
export interface RunFacts {
  /** Null: nobody's, as far as anyone knows. */
  ownerOf(run: RunId): AppId | null;
  hasEnded(run: RunId): boolean;
}

const MOST_ENDED = 10_000;

export function createRunFacts(options: {
  readonly marks: MarkStore;
  readonly runs: Pick<RunStore, 'get'> | null;
  /** Whether its files are being followed: then it has not ended. */
  readonly isFollowed: (run: RunId) => boolean;
}): RunFacts {
  const { marks, runs, isFollowed } = options;
  // A run that has ended stays so: asked for each run of an app, each time that something is freed.
  const ended = new Set<RunId>();
  return {
    ownerOf(run) {
      if (runs) return runs.get(run)?.app ?? null;
      const scan = { apps: null, run, after: 0, before: null, limit: 1, forward: true };
      return marks.scan(scan)[0]?.app ?? null;
    },
    hasEnded(run) {
      if (isFollowed(run)) return false;
      if (ended.has(run)) return true;
      if (runs && (runs.get(run)?.phase ?? 'ENDED') !== 'ENDED') return false;
      if (ended.size >= MOST_ENDED) ended.clear();
      ended.add(run);
      return true;
    },
  };
}
