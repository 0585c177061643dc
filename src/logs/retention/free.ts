import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mark, MarkStore } from '../../contracts/marks.ts';
import type { AppId } from '../../core/app.ts';
import { type LogStream, RUN_FILES, type RunId } from '../../core/run.ts';
import { TAIL } from '../format.ts';
import type { Losses } from '../gaps.ts';
import { STREAMS } from '../runs.ts';
import { factsOf } from '../spool-file.ts';
import { BLOCK, type Puncher } from './punch.ts';
import type { Usage } from './usage.ts';

/** How many marks one commit removes: some milliseconds. */
const SHARE = 1_000;

export interface Freeing {
  /**
   * Frees the oldest lines of an app: marks for as long as `wanted` says so of the next one, at most a
   * thousand, and then their bytes. False where there was nothing to free.
   */
  oldest(app: AppId, wanted: (mark: Mark, freed: number) => boolean): Promise<boolean>;
  /** Removes what there is of an ended run. */
  run(app: AppId, run: RunId): Promise<void>;
}

export interface FreeingOptions {
  readonly marks: MarkStore;
  readonly losses: Losses;
  readonly usage: Usage;
  readonly puncher: Puncher;
  readonly runsDir: string;
  readonly hasEnded: (run: RunId) => boolean;
  /** How far the writer has come in a file that it follows; null where it follows none. */
  readonly markedIn: (run: RunId, stream: LogStream) => number | null;
}

export function createFreeing(options: FreeingOptions): Freeing {
  const { marks, losses, usage, puncher, runsDir } = options;
  /** Up to where each file is a hole already. */
  const holes = new Map<string, number>();

  /** Nobody writes to it any more; to an app's last run the supervisor still may. */
  function isOver(app: AppId, run: RunId): boolean {
    return options.hasEnded(run) && usage.runs(app).at(-1) !== run;
  }

  /** The last mark of each stream that is still written: from there the next control plane goes on. */
  function lastMarks(app: AppId): Mark[] {
    return usage
      .runs(app)
      .filter((run) => !isOver(app, run))
      .flatMap((run) => STREAMS.flatMap((stream) => marks.lastOfRun(run, stream) ?? []));
  }

  function forget(app: AppId, upTo: Mark, keep: readonly Mark[]): void {
    // Readers first: what they read from now on may be a hole.
    losses.grew(app, { mark: upTo.seq, byte: upTo.to });
    marks.prune(
      app,
      upTo.seq,
      keep.map((mark) => mark.seq).filter((seq) => seq <= upTo.seq),
    );
  }

  /** Makes a hole up to `end`, around the bytes that tell whether the file is still the one that was marked. */
  async function free(last: Mark, end: number, around: Mark | undefined): Promise<boolean> {
    const path = join(runsDir, String(last.run), RUN_FILES[last.stream]);
    const key = `${path}:${last.generation}`;
    const from = holes.get(key) ?? 0;
    const size = factsOf(path)?.size ?? 0;
    const to = down(Math.min(end, Math.max(0, size - TAIL)));
    if (to <= from) return false;
    const spared = around && around.to <= end ? around : null;
    const ranges = spared
      ? [
          { from, to: Math.min(to, down(Math.max(0, spared.to - TAIL))) },
          { from: Math.max(from, up(spared.to)), to },
        ]
      : [{ from, to }];
    let done = true;
    for (const range of ranges) {
      if (range.to > range.from) done = (await puncher.punch(path, range.from, range.to)) && done;
    }
    usage.touched(last.app, last.run);
    if (done) holes.set(key, to);
    return done;
  }

  async function removeRun(app: AppId, run: RunId): Promise<void> {
    marks.removeRun(run);
    usage.removed(app, run);
    const directory = join(runsDir, String(run));
    for (const key of holes.keys()) if (key.startsWith(`${directory}/`)) holes.delete(key);
    await rm(directory, { recursive: true, force: true });
  }

  function hasMarksAfter(app: AppId, run: RunId, seq: number): boolean {
    const scan = { apps: [app], run, after: seq, before: null, limit: 1, forward: true };
    return marks.scan(scan).length > 0;
  }

  async function oldest(app: AppId, wanted: (mark: Mark, freed: number) => boolean): Promise<boolean> {
    const keep = lastMarks(app);
    const after = losses.of(app)?.mark ?? 0;
    const share = marks.scan({ apps: [app], after, before: null, limit: SHARE, forward: true });
    const newest = new Map<string, Mark>();
    let upTo: Mark | null = null;
    let freed = 0;
    for (const mark of share) {
      if (!wanted(mark, freed)) break;
      upTo = mark;
      freed += mark.to - mark.from;
      newest.set(`${mark.run}/${mark.stream}`, mark);
    }
    if (upTo) {
      forget(app, upTo, keep);
      if (!(await marks.checkpoint())) return false;
    }
    const freedBytes = await freeFiles(app, upTo?.seq ?? after, [...newest.values(), ...keep]);
    return freedBytes || upTo !== null;
  }

  async function freeFiles(app: AppId, upTo: number, candidates: readonly Mark[]): Promise<boolean> {
    let progress = false;
    for (const run of usage.runs(app)) {
      if (!isOver(app, run) || hasMarksAfter(app, run, upTo)) break;
      await removeRun(app, run);
      progress = true;
    }
    for (const mark of candidates) {
      if (mark.seq > upTo) continue;
      const last = marks.lastOfRun(mark.run, mark.stream);
      if (!last || last.generation !== mark.generation) continue;
      // The rest of a line that was cut belongs to no mark: it goes with the mark before it.
      const end = last.seq === mark.seq ? (options.markedIn(mark.run, mark.stream) ?? mark.to) : mark.to;
      progress = (await free(mark, end, last)) || progress;
    }
    return progress;
  }

  return {
    oldest,
    async run(app, run) {
      for (;;) {
        const after = losses.of(app)?.mark ?? 0;
        const scan = { apps: [app], run, after, before: null, limit: SHARE, forward: true };
        const last = marks.scan(scan).at(-1);
        // What is left of older runs goes too: of an app's marks the oldest go first, always.
        if (!last || !(await oldest(app, (mark) => mark.seq <= last.seq))) break;
      }
      await removeRun(app, run);
    },
  };
}

const down = (byte: number) => Math.floor(byte / BLOCK) * BLOCK;
const up = (byte: number) => Math.ceil(byte / BLOCK) * BLOCK;
