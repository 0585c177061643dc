import type { AppId } from '../core/app.ts';
import type { LogPosition } from '../core/cursor.ts';
import type { LogStream, RunId } from '../core/run.ts';

/**
 * A piece of a spool that ends after a line end, or after a fragment that was closed there. The bytes are in the run's
 * file. The mark says that they are whole lines, which run wrote them, and when they were seen.
 */
export interface Mark {
  /** Grows over all apps. No number is used twice. */
  readonly seq: number;
  readonly app: AppId;
  readonly run: RunId;
  readonly stream: LogStream;
  /**
   * Grows when the file is truncated: its bytes begin at 0 again. Where the app truncated it, the generation's first
   * mark is an empty one, from 0 to 0: the place of the gap in the order.
   */
  readonly generation: number;
  /** The first byte of the piece, counted from the start of the file. */
  readonly from: number;
  /** The byte after its last. */
  readonly to: number;
  /** When the lines were seen, in milliseconds since the epoch. */
  readonly at: number;
  /** The last bytes before `to`, at most 32. They show whether the file is still the one that was marked. */
  readonly tail: Uint8Array;
}

export interface MarkScan {
  /** Null: all. */
  readonly apps: readonly AppId[] | null;
  readonly run?: RunId;
  readonly streams?: readonly LogStream[];
  /** Exclusive, as is `before`. */
  readonly after: number;
  readonly before: number | null;
  readonly limit: number;
  readonly forward: boolean;
}

/** @throws the database's error, from every method */
export interface MarkStore {
  /** One commit. Wake readers after it, never before. */
  append(marks: readonly Omit<Mark, 'seq'>[]): readonly Mark[];
  /** Ascending where `forward`, else descending. */
  scan(scan: MarkScan): readonly Mark[];
  get(seq: number): Mark | null;
  /** The newest mark of a run's stream, from whose end the writer goes on. */
  lastOfRun(run: RunId, stream: LogStream): Mark | null;
  /**
   * The first mark (of these apps) from this time or later. Marks after it may be earlier, because the clock may have
   * been set back.
   */
  firstSince(apps: readonly AppId[] | null, time: number): number | null;
  /** The newest number; 0 before the first mark. */
  last(): number;
  /** The oldest number that is kept (of one app); 0 where there is none. */
  first(app?: AppId): number;
  removeRun(run: RunId): void;
  /** Keeps what `lost` says of the app, because a later reader must get a gap there. */
  removeApp(app: AppId): void;
  /**
   * Removes the app's marks up to and with this one, except those to keep: the last mark of each stream that is still
   * written, from which the writer goes on. In the same commit, `lost` becomes the end of the newest of these marks.
   * Meant for some thousand marks at a time.
   */
  prune(app: AppId, upTo: number, keep: readonly number[]): void;
  /** For each app that ever had marks pruned, the end of the newest of them. Nothing before it is left. */
  lost(): ReadonlyMap<AppId, LogPosition>;
  /** How many marks the app has, roughly. */
  count(app: AppId): number;
  /**
   * True: all that was committed before the call is on the disk, and its bytes may be freed. False: try again later.
   */
  checkpoint(): Promise<boolean>;
}
