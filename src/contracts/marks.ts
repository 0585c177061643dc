import type { AppId } from '../core/app.ts';
import type { LogPosition } from '../core/cursor.ts';
import type { LogStream, RunId } from '../core/run.ts';

/**
 * A piece of a spool that ends behind a line end, or behind a fragment that was closed there. The
 * bytes lie in the run's file; the mark says that they are whole lines, whose, and when they were seen.
 */
export interface Mark {
  /** Grows over all apps; none is ever used twice. */
  readonly seq: number;
  readonly app: AppId;
  readonly run: RunId;
  readonly stream: LogStream;
  /**
   * Grows where the file was truncated: its bytes begin at 0 again. Where the app did so itself, the
   * generation's first mark is an empty one, from 0 to 0: the place of the gap in the order.
   */
  readonly generation: number;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  /** The last bytes before `to`, at most 32: they show whether the file is still the one that was marked. */
  readonly tail: Uint8Array;
}

export interface MarkScan {
  /** Null: all. */
  readonly apps: readonly AppId[] | null;
  readonly run?: RunId;
  readonly streams?: readonly LogStream[];
  /** Exclusive bounds. */
  readonly after: number;
  readonly before: number | null;
  readonly limit: number;
  readonly forward: boolean;
}

export interface MarkStore {
  /** One commit, before anyone is told. */
  append(marks: readonly Omit<Mark, 'seq'>[]): readonly Mark[];
  /** In the order asked for: ascending where `forward`, else descending. */
  scan(scan: MarkScan): readonly Mark[];
  get(seq: number): Mark | null;
  /** The newest mark of a run's stream: where the last look stopped. */
  lastOfRun(run: RunId, stream: LogStream): Mark | null;
  /** The first mark (of these apps) whose time is not before this. The clock may have jumped: it is a place to begin. */
  firstSince(apps: readonly AppId[] | null, time: number): number | null;
  /** The last number given; 0 before the first. */
  last(): number;
  /** The oldest number kept (of one app); 0 where there is none. */
  first(app?: AppId): number;
  removeRun(run: RunId): void;
  /** What `lost` tells of the app stays: a reader that comes later must hear of it. */
  removeApp(app: AppId): void;
  /**
   * Removes the app's marks up to this one, included, except those named: the last of each stream that is
   * still written, from which it goes on. In the same commit `lost` becomes the end of the newest of the
   * app's marks up to there. Called with some thousand marks at most.
   */
  prune(app: AppId, upTo: number, keep: readonly number[]): void;
  /** For each app of which marks were ever pruned: the end of the newest one. Nothing before it is left. */
  lost(): ReadonlyMap<AppId, LogPosition>;
  /** How many marks of an app there are; a few more or less do no harm. */
  count(app: AppId): number;
  /** All that was committed before the call is on the disk when this is true: bytes may be freed. False: try again later. */
  checkpoint(): Promise<boolean>;
}
