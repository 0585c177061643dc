import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MarkStore } from '../../contracts/marks.ts';
import type { AppId } from '../../core/app.ts';
import { RUN_FILES, type RunId } from '../../core/run.ts';
import { STREAMS } from '../format.ts';

/** What a mark and its index entries take in the database, about, in bytes. */
const MARK_BYTES = 60;

/** What the runs of each app take on the disk. Holds only runs that have files. */
export class Usage {
  private readonly runsDir: string;
  private readonly marks: MarkStore;
  /** By app and run, in bytes; null where the files have changed since. */
  private readonly bytes = new Map<AppId, Map<RunId, number | null>>();

  constructor(runsDir: string, marks: MarkStore) {
    this.runsDir = runsDir;
    this.marks = marks;
  }

  /** The runs that have a directory, oldest first. */
  async listDirectories(): Promise<readonly RunId[]> {
    const names = await readdir(this.runsDir).catch(() => []);
    const runs = names.filter((name) => /^\d{1,15}$/.test(name)).map(Number);
    return runs.sort((a, b) => a - b);
  }

  added(app: AppId, run: RunId): void {
    const runs = this.bytes.get(app) ?? new Map<RunId, number | null>();
    this.bytes.set(app, runs);
    if (!runs.has(run)) runs.set(run, null);
  }

  removed(app: AppId, run: RunId): void {
    const runs = this.bytes.get(app);
    runs?.delete(run);
    if (runs?.size === 0) this.bytes.delete(app);
  }

  /** The run's files have changed. */
  touched(app: AppId, run: RunId): void {
    const runs = this.bytes.get(app);
    if (runs?.has(run)) runs.set(run, null);
  }

  apps(): readonly AppId[] {
    return [...this.bytes.keys()];
  }

  /** Oldest first. */
  runs(app: AppId): readonly RunId[] {
    return [...(this.bytes.get(app)?.keys() ?? [])].sort((a, b) => a - b);
  }

  /** Whether any file of the app has changed since the last call of `of`. */
  isStale(app: AppId): boolean {
    return [...(this.bytes.get(app)?.values() ?? [])].includes(null);
  }

  /** The same as `of`, for people: retention still looks at what has changed. */
  peek(app: AppId): number {
    let bytes = this.marks.count(app) * MARK_BYTES;
    for (const [run, known] of this.bytes.get(app) ?? []) {
      bytes += known ?? blocksOf(join(this.runsDir, String(run)));
    }
    return bytes;
  }

  /** Blocks of the app's files, and its marks, in bytes. Looks only at files that have changed. */
  of(app: AppId): number {
    const runs = this.bytes.get(app);
    let bytes = this.marks.count(app) * MARK_BYTES;
    for (const [run, known] of runs ?? []) {
      const now = known ?? blocksOf(join(this.runsDir, String(run)));
      runs?.set(run, now);
      bytes += now;
    }
    return bytes;
  }
}

/** What the three files of a run take on the disk, in bytes. */
function blocksOf(directory: string): number {
  let bytes = 0;
  for (const stream of STREAMS) {
    try {
      const stats = lstatSync(join(directory, RUN_FILES[stream]), { throwIfNoEntry: false });
      bytes += (stats?.blocks ?? 0) * 512;
    } catch {
      // A file that cannot be looked at cannot be freed either.
    }
  }
  return bytes;
}
