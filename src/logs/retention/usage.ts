import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MarkStore } from '../../contracts/marks.ts';
import type { AppId } from '../../core/app.ts';
import { RUN_FILES, type RunId } from '../../core/run.ts';
import { STREAMS } from '../runs.ts';

/** What a mark takes in the database, its index included, about, in bytes. */
const MARK_BYTES = 60;

/** What the runs of each app take on the disk. Runs of which nothing is left are not in it. */
export interface Usage {
  /** Looks at the directories that an earlier control plane left. */
  load(): Promise<void>;
  added(app: AppId, run: RunId): void;
  removed(app: AppId, run: RunId): void;
  apps(): readonly AppId[];
  /** The oldest first. */
  runs(app: AppId): readonly RunId[];
  /** The run's files have changed. */
  touched(app: AppId, run: RunId): void;
  /** Whether anything was touched since the last answer of `of`. */
  isStale(app: AppId): boolean;
  /** Blocks of its files and its marks, in bytes. Files are looked at again where they were touched. */
  of(app: AppId): number;
}

export function createUsage(options: {
  readonly runsDir: string;
  readonly marks: MarkStore;
  /** Whose a run is; null: nobody's. */
  readonly ownerOf: (run: RunId) => AppId | null;
  /** A directory of a run that is nobody's. */
  readonly stray: (run: RunId) => Promise<void>;
  /** Called for a stray that could not be removed. It stays, and the look goes on. */
  readonly failed: (error: unknown) => void;
}): Usage {
  const { runsDir, marks } = options;
  const apps = new Map<AppId, Map<RunId, number | null>>();

  function added(app: AppId, run: RunId): void {
    const runs = apps.get(app) ?? new Map<RunId, number | null>();
    apps.set(app, runs);
    if (!runs.has(run)) runs.set(run, null);
  }

  return {
    async load() {
      const names = await readdir(runsDir).catch(() => []);
      const runs = names.filter((name) => /^\d{1,15}$/.test(name)).map(Number);
      for (const [index, run] of runs.sort((a, b) => a - b).entries()) {
        const owner = options.ownerOf(run);
        if (owner === null) await options.stray(run).catch(options.failed);
        else added(owner, run);
        if (index % 256 === 255) await nextTurn();
      }
    },
    added,
    removed(app, run) {
      const runs = apps.get(app);
      runs?.delete(run);
      if (runs?.size === 0) apps.delete(app);
    },
    apps: () => [...apps.keys()],
    runs: (app) => [...(apps.get(app)?.keys() ?? [])].sort((a, b) => a - b),
    touched(app, run) {
      const runs = apps.get(app);
      if (runs?.has(run)) runs.set(run, null);
    },
    isStale: (app) => [...(apps.get(app)?.values() ?? [])].includes(null),
    of(app) {
      const runs = apps.get(app);
      let bytes = marks.count(app) * MARK_BYTES;
      for (const [run, known] of runs ?? []) {
        const now = known ?? blocksOf(join(runsDir, String(run)));
        runs?.set(run, now);
        bytes += now;
      }
      return bytes;
    },
  };
}

/** What the three files of a run take on the disk, in bytes. */
function blocksOf(directory: string): number {
  let bytes = 0;
  for (const stream of STREAMS) {
    try {
      const stats = lstatSync(join(directory, RUN_FILES[stream]), { throwIfNoEntry: false });
      bytes += (stats?.blocks ?? 0) * 512;
    } catch {
      // Not to be looked at: not to be freed either.
    }
  }
  return bytes;
}
