import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MarkStore } from '../contracts/marks.ts';
import type { RunStore } from '../contracts/stores.ts';
import type { AppId } from '../core/app.ts';
import { type LogStream, RUN_FILES, type RunId } from '../core/run.ts';
import { DIRECTORY_MODE } from './format.ts';
import { Spool } from './write/spool.ts';
import type { Watch } from './write/watch.ts';

/** A run whose files the writer follows: each run that has not ended, and the last one of each app. */
export interface FollowedRun {
  readonly id: RunId;
  readonly app: AppId;
  readonly directory: string;
  readonly spools: Readonly<Record<LogStream, Spool>>;
  /** Null once the run has ended. */
  watch: Watch | null;
}

export interface RunsOptions {
  readonly marks: MarkStore;
  /** Holds a directory for each run, named by its number. */
  readonly runsDir: string;
  /** Null: only the marks say what runs there are. */
  readonly store: Pick<RunStore, 'get' | 'surplus' | 'remove'> | null;
}

const MOST_ENDED = 10_000;

/** What the logs know of runs. The writer adds and takes out those that it follows; the others ask. */
export class LogRuns {
  readonly runsDir: string;
  private readonly marks: MarkStore;
  private readonly store: RunsOptions['store'];
  private readonly known = new Map<RunId, FollowedRun>();
  /** Runs that have ended, which they do once: retention asks for each run of an app each time that it frees lines. */
  private readonly ended = new Set<RunId>();

  constructor({ marks, runsDir, store }: RunsOptions) {
    this.marks = marks;
    this.runsDir = runsDir;
    this.store = store;
  }

  follow(run: { readonly id: RunId; readonly app: AppId }, directory: string): FollowedRun {
    try {
      mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
    } catch {
      // Its files are then missing, and count as empty.
    }
    const spool = (stream: LogStream) =>
      new Spool(join(directory, RUN_FILES[stream]), this.marks.lastOfRun(run.id, stream));
    const spools = { STDOUT: spool('STDOUT'), STDERR: spool('STDERR'), SUPERVISOR: spool('SUPERVISOR') };
    const followed = { id: run.id, app: run.app, directory, spools, watch: null };
    this.known.set(run.id, followed);
    return followed;
  }

  unfollow(run: RunId): void {
    this.known.delete(run);
  }

  followed(run: RunId): FollowedRun | null {
    return this.known.get(run) ?? null;
  }

  /** A copy: following and unfollowing do not change it. */
  allFollowed(): FollowedRun[] {
    return [...this.known.values()];
  }

  directoryOf(run: RunId): string {
    return this.known.get(run)?.directory ?? join(this.runsDir, String(run));
  }

  /** Null where no app is known to have the run. */
  ownerOf(run: RunId): AppId | null {
    if (this.store) return this.store.get(run)?.app ?? null;
    const scan = { apps: null, run, after: 0, before: null, limit: 1, forward: true };
    return this.marks.scan(scan)[0]?.app ?? null;
  }

  hasEnded(run: RunId): boolean {
    if (this.known.get(run)?.watch) return false;
    if (this.ended.has(run)) return true;
    if (this.store && (this.store.get(run)?.phase ?? 'ENDED') !== 'ENDED') return false;
    if (this.ended.size >= MOST_ENDED) this.ended.clear();
    this.ended.add(run);
    return true;
  }

  /**
   * The ended runs of an app less the newest so many of them, oldest first.
   * @param there the runs of the app that have files, oldest first.
   */
  surplus(app: AppId, keep: number, there: readonly RunId[]): readonly RunId[] {
    if (this.store) return this.store.surplus(app, keep);
    return there.filter((run) => this.hasEnded(run)).slice(0, -keep);
  }

  /** Whether a directory of this run may be removed: the database knows no such run, and nothing follows it. */
  isStray(run: RunId): boolean {
    return this.store !== null && this.ownerOf(run) === null && !this.known.has(run);
  }

  /** Retention has removed the run. */
  removed(run: RunId): void {
    this.store?.remove(run);
  }
}
