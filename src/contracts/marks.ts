import type { AppId } from '../core/app.ts';
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
  /** Grows where the app truncated its own output: its bytes begin at 0 again. */
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
  removeApp(app: AppId): void;
}
