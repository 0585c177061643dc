import type { Mark, MarkStore } from '../../contracts/marks.ts';
import type { RunId } from '../../core/run.ts';
import { Slices } from '../../host/event-loop.ts';
import { CHUNK } from '../format.ts';
import type { Gaps } from '../gaps.ts';
import type { LogRuns } from '../runs.ts';
import { type Direction, Windows } from './windows.ts';

export interface ReadingSources {
  readonly marks: MarkStore;
  readonly gaps: Gaps;
  readonly runs: LogRuns;
  /** A file is not the one that was marked: looks at the run's files, at once. */
  readonly lookNow: (run: RunId) => void;
}

/** After so many steps without a read, other work gets its turn too. */
const STEPS_A_SLICE = 512;

/** One answer while it is read: the files that it reads, and whether their bytes are still those that were marked. */
export class Reading {
  readonly marks: MarkStore;
  readonly gaps: Gaps;
  readonly windows: Windows;
  private readonly sources: ReadingSources;
  /** Of files that are not followed, by run and stream: they begin anew no more, so each is asked for once. */
  private readonly generations = new Map<string, number>();
  private readonly slices = new Slices(1);
  private paused = 0;

  constructor(sources: ReadingSources) {
    this.sources = sources;
    this.marks = sources.marks;
    this.gaps = sources.gaps;
    this.windows = new Windows((run) => sources.runs.directoryOf(run));
  }

  /** Call it after each step. What it returns is to be awaited: after each 64 KiB read, or many steps. */
  pause(): Promise<void> | undefined {
    const bytes = this.windows.read - this.paused;
    this.paused = this.windows.read;
    return this.slices.after(bytes / CHUNK + 1 / STEPS_A_SLICE);
  }

  /** Whether retention has freed the mark's lines, or is about to. */
  isFreed(mark: Mark): boolean {
    return (this.gaps.endOf(mark.app)?.mark ?? 0) >= mark.seq;
  }

  /** Whether the file still holds the bytes that were marked. */
  isThere(mark: Mark, direction: Direction): boolean {
    if (this.generationOf(mark) !== mark.generation) return false;
    // Bytes before the mark may have been freed, so only its own are compared.
    const own = Math.min(mark.tail.length, mark.to - mark.from);
    const there = this.windows.end(mark, own, direction);
    if (there?.equals(mark.tail.subarray(mark.tail.length - own))) return true;
    this.sources.lookNow(mark.run);
    return false;
  }

  close(): void {
    this.windows.close();
  }

  /** The present generation of the mark's file. */
  private generationOf({ run, stream }: Mark): number {
    const followed = this.sources.runs.followed(run);
    if (followed) return followed.spools[stream].generation;
    const key = `${run}/${stream}`;
    const generation = this.generations.get(key) ?? this.marks.lastOfRun(run, stream)?.generation ?? 0;
    this.generations.set(key, generation);
    return generation;
  }
}
