import type { AppId } from '../core/app.ts';
import type { LogPosition } from '../core/cursor.ts';
import type { LogStream, RunId } from '../core/run.ts';
import type { LogSource } from './driver.ts';

/** The writing side, which the supervisor uses. */
export interface RunLogs {
  /** Begins to follow a run's output; before the spawn, or at recovery. Knows a run that it follows already. */
  open(run: { readonly id: RunId; readonly app: AppId; readonly appName: string }, source: LogSource): void;
  /** A line of the supervisor's own, in order with the app's; also to the console. Works on an ended run too. */
  write(run: RunId, text: string): void;
  /** The run has ended: marks all that is left, the last unfinished line too. Resolves when that is committed. */
  finish(run: RunId): Promise<void>;
  /** Gives the run's app another name for the console. */
  renamed(app: AppId, name: string): void;
  /** Forgets an app's runs and deletes their files and marks (the app was removed). */
  removeApp(app: AppId): Promise<void>;
  /** Commits what is known and lets go of every file. */
  close(): Promise<void>;
}

export interface LogEntryRecord {
  /** The end of the line: a reader that goes on after it misses nothing. */
  readonly position: LogPosition;
  readonly app: AppId;
  readonly run: RunId;
  readonly stream: LogStream;
  readonly at: number;
  readonly text: string;
  readonly truncated: boolean;
}

export interface LogQuery {
  /** Null: every app. */
  readonly apps: readonly AppId[] | null;
  readonly run?: RunId;
  readonly streams?: readonly LogStream[];
  /** Case-sensitive. */
  readonly contains?: string;
  readonly since?: number;
  readonly until?: number;
}

/** `after` and `before` may both bound it; `forward` says from which end `limit` counts. */
export interface LogPageRequest {
  readonly after: LogPosition | null;
  readonly before: LogPosition | null;
  readonly limit: number;
  readonly forward: boolean;
  /** The page has no more characters of text than this, however small that makes it. Left out: `limit` alone counts. */
  readonly mostText?: number;
}

export interface LogPage {
  /** Oldest first, whichever end was asked for. */
  readonly entries: readonly LogEntryRecord[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
}

export interface LogGap {
  readonly lostAfter: LogPosition;
  readonly resumeAt: LogPosition;
  readonly reason: 'RETENTION' | 'TRUNCATED_BY_APP';
  readonly app: AppId | null;
}

/** One step of a follower. */
export interface LogRead {
  /** In order; a gap stands where lines are gone. */
  readonly items: readonly ({ readonly entry: LogEntryRecord } | { readonly gap: LogGap })[];
  /** Where to go on from: it moves also where nothing matched the query. */
  readonly position: LogPosition;
  /** Nothing is left to read for now. */
  readonly atEnd: boolean;
}

/** The reading side, which the schema uses. Reads bytes only when asked, and yields between pieces. */
export interface LogReader {
  page(query: LogQuery, request: LogPageRequest): Promise<LogPage>;
  /** At most about `limit` entries after a position. */
  follow(query: LogQuery, after: LogPosition, limit: number): Promise<LogRead>;
  /** Behind the last `last` entries that match: where a follower begins that wants those first. */
  startOf(query: LogQuery, last: number): Promise<LogPosition>;
  /** The newest position there is. */
  end(): LogPosition;
  /** The last mark of an epoch: a cursor beyond it was lost in a power cut. Null for an unknown epoch. */
  endOfEpoch(epoch: number): number | null;
  /** Calls back (soon, and at most once per commit) when there is more. The answer ends it. */
  onMore(listener: () => void): () => void;
}
