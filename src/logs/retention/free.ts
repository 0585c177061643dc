import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mark, MarkStore } from '../../contracts/marks.ts';
import type { AppId } from '../../core/app.ts';
import { RUN_FILES, type RunId } from '../../core/run.ts';
import { nextTurn } from '../../host/event-loop.ts';
import { STREAMS } from '../format.ts';
import type { Gaps } from '../gaps.ts';
import type { LogRuns } from '../runs.ts';
import { truncateFile } from '../spool-file.ts';
import type { Puncher } from './punch.ts';
import type { Usage } from './usage.ts';

/** How many marks one commit removes: that takes some milliseconds. */
const SHARE = 1_000;

export interface FreeingOptions {
  readonly marks: MarkStore;
  readonly gaps: Gaps;
  readonly runs: LogRuns;
  readonly usage: Usage;
  readonly puncher: Puncher;
  /** Looks at a run's files and commits marks of what is new, at once. */
  readonly lookNow: (run: RunId) => void;
}

/**
 * Frees lines, always the oldest of an app first, and always in this order: readers no longer read them (the gap), the
 * database forgets their marks, and then their bytes go.
 */
export class Freeing {
  private readonly options: FreeingOptions;

  constructor(options: FreeingOptions) {
    this.options = options;
  }

  /**
   * Frees an app's oldest lines: marks as long as `isNext` accepts the next one, at most a thousand, and then their
   * bytes. @returns false where there was nothing to free
   */
  async freeOldest(app: AppId, isNext: (mark: Mark, freed: number) => boolean): Promise<boolean> {
    const { marks, gaps } = this.options;
    const keep = this.lastMarks(app);
    const after = gaps.endOf(app)?.mark ?? 0;
    const newest = new Map<string, Mark>();
    let upTo: Mark | null = null;
    let freed = 0;
    for (const mark of this.oldestMarks({ app, after })) {
      if (!isNext(mark, freed)) break;
      upTo = mark;
      freed += mark.to - mark.from;
      newest.set(`${mark.run}/${mark.stream}`, mark);
    }
    if (upTo) {
      this.forgetMarks(app, upTo, keep);
      if (!(await marks.checkpoint())) return false;
    }
    const freedBytes = await this.freeFiles(app, upTo?.seq ?? after, [...newest.values(), ...keep]);
    return freedBytes || upTo !== null;
  }

  /** Removes an ended run, its lines, and its files. */
  async removeRun(app: AppId, run: RunId): Promise<void> {
    for (;;) {
      const after = this.options.gaps.endOf(app)?.mark ?? 0;
      const last = this.oldestMarks({ app, run, after }).at(-1);
      // The rest of older runs goes too: the oldest marks of an app are always freed first.
      if (!last || !(await this.freeOldest(app, (mark) => mark.seq <= last.seq))) break;
    }
    await this.removeFiles(app, run);
  }

  /** Removes all of an app's log. @param followed runs of the app that the writer has just let go */
  async removeApp(app: AppId, followed: readonly RunId[]): Promise<void> {
    const { marks, usage } = this.options;
    const runs = new Set([...followed, ...usage.runs(app)]);
    for (;;) {
      const share = this.oldestMarks({ app, after: 0 });
      const last = share.at(-1);
      if (!last) break;
      for (const mark of share) runs.add(mark.run);
      this.forgetMarks(app, last, []);
      await nextTurn();
    }
    marks.removeApp(app);
    for (const run of runs) {
      usage.removed(app, run);
      await this.removeDirectory(run);
    }
  }

  /** Removes the directory of a run that no app has. */
  async removeStray(run: RunId): Promise<void> {
    this.options.marks.removeRun(run);
    await this.removeDirectory(run);
  }

  /**
   * For a system that cannot free bytes in place: the files of the app's last run begin anew, between two lines. It
   * happens in one go, so that all that is thrown away has been marked. What the app writes between the last look and
   * the truncation, some microseconds, is lost; holes are better for that reason.
   * @returns false where a line is unfinished: try again later
   */
  truncate(app: AppId, run: RunId): boolean {
    const { marks, runs, usage, lookNow } = this.options;
    lookNow(run);
    const spools = runs.followed(run)?.spools;
    if (spools && STREAMS.some((stream) => spools[stream].marked < spools[stream].size)) return false;
    const newest = marks.scan({ apps: [app], after: 0, before: null, limit: 1, forward: false })[0];
    if (!newest) return false;
    this.forgetMarks(app, newest, []);
    for (const stream of STREAMS) {
      try {
        truncateFile(join(this.directoryOf(run), RUN_FILES[stream]));
      } catch {
        continue;
      }
      spools?.[stream].restarted();
    }
    usage.touched(app, run);
    return true;
  }

  /** The oldest marks of an app behind this one; of one run where it is given. */
  private oldestMarks(of: { app: AppId; run?: RunId; after: number }): readonly Mark[] {
    const { app, run, after } = of;
    const scan = { apps: [app], after, before: null, limit: SHARE, forward: true };
    return this.options.marks.scan(run === undefined ? scan : { ...scan, run });
  }

  /** @param keep marks that stay. */
  private forgetMarks(app: AppId, upTo: Mark, keep: readonly Mark[]): void {
    this.options.gaps.extend(app, { mark: upTo.seq, byte: upTo.to });
    const kept = keep.map((mark) => mark.seq).filter((seq) => seq <= upTo.seq);
    this.options.marks.prune(app, upTo.seq, kept);
  }

  /** The last mark of each stream that is still written: the next control plane goes on from there. */
  private lastMarks(app: AppId): Mark[] {
    const { marks, usage } = this.options;
    return usage
      .runs(app)
      .filter((run) => !this.isOver(app, run))
      .flatMap((run) => STREAMS.flatMap((stream) => marks.lastOfRun(run, stream) ?? []));
  }

  /** Whether nothing writes to the run any more: to an app's last run the supervisor still may. */
  private isOver(app: AppId, run: RunId): boolean {
    const { runs, usage } = this.options;
    return runs.hasEnded(run) && usage.runs(app).at(-1) !== run;
  }

  private async freeFiles(app: AppId, upTo: number, candidates: readonly Mark[]): Promise<boolean> {
    const { marks, usage } = this.options;
    let progress = false;
    for (const run of usage.runs(app)) {
      if (!this.isOver(app, run) || this.oldestMarks({ app, run, after: upTo }).length > 0) break;
      await this.removeFiles(app, run);
      progress = true;
    }
    for (const mark of candidates) {
      if (mark.seq > upTo) continue;
      const last = marks.lastOfRun(mark.run, mark.stream);
      if (last?.generation === mark.generation) progress = (await this.punch(mark, last)) || progress;
    }
    return progress;
  }

  /** @param last the newest mark of the same file, whose bytes stay where they are in front of the end. */
  private async punch(mark: Mark, last: Mark): Promise<boolean> {
    const { runs, usage, puncher } = this.options;
    // The rest of a line that was cut belongs to no mark: it goes with the mark before it.
    const behind = runs.followed(mark.run)?.spools[mark.stream].marked ?? mark.to;
    const end = last.seq === mark.seq ? behind : mark.to;
    const path = join(this.directoryOf(mark.run), RUN_FILES[mark.stream]);
    const done = await puncher.free(path, mark.generation, end, last.to);
    if (done !== null) usage.touched(mark.app, mark.run);
    return done === true;
  }

  private async removeFiles(app: AppId, run: RunId): Promise<void> {
    this.options.marks.removeRun(run);
    this.options.usage.removed(app, run);
    await this.removeDirectory(run);
  }

  private async removeDirectory(run: RunId): Promise<void> {
    const directory = this.directoryOf(run);
    this.options.puncher.forget(directory);
    await rm(directory, { recursive: true, force: true });
  }

  private directoryOf(run: RunId): string {
    return join(this.options.runs.runsDir, String(run));
  }
}
