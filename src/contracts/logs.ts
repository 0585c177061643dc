import type { AppId } from '../core/app.ts';
import type { LogPosition } from '../core/cursor.ts';
import type { LogStream, RunId } from '../core/run.ts';
import type { LogSource } from './driver.ts';

/** Writes and follows runs' logs, for the supervisor. */
export interface RunLogs {
  /**
   * Begins to follow a run's output, before the spawn or at recovery. Does nothing for a run that it follows already.
   */
  open(run: { readonly id: RunId; readonly app: AppId; readonly appName: string }, source: LogSource): void;
  /**
   * Writes a line of the supervisor's own, in order with the app's, and to the console. Works for an ended run, too.
   * Never throws.
   */
  write(run: RunId, text: string): void;
  /**
   * The run has ended: marks the rest of its output, with the last unfinished line. Resolves when that is committed.
   * @throws the database's error
   */
  finish(run: RunId): Promise<void>;
  /** Gives the run's app another name for the console. */
  renamed(app: AppId, name: string): void;
  /** Deletes the files and marks of a removed app's runs. @throws the system's or the database's error */
  removeApp(app: AppId): Promise<void>;
  /** Commits the last marks and closes every file. */
  close(): Promise<void>;
}

export interface LogEntryRecord {
  /** The end of the line: the next one begins here. */
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
  /** Only lines with this text, case-sensitive. */
  readonly contains?: string;
  /** In milliseconds since the epoch, inclusive. */
  readonly since?: number;
  /** In milliseconds since the epoch, inclusive. */
  readonly until?: number;
}

/** `after` and `before` may both bound the range; `forward` says from which end `limit` counts. */
export interface LogPageRequest {
  readonly after: LogPosition | null;
  readonly before: LogPosition | null;
  readonly limit: number;
  readonly forward: boolean;
  /** The most characters of text in the page, however few entries that leaves. Left out: `limit` alone counts. */
  readonly mostText?: number;
}

export interface LogPage {
  /** Oldest first, whatever `forward` says. */
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

/** What a follower reads at a time. */
export interface LogRead {
  /** In order. A gap is where lines are gone. */
  readonly items: readonly ({ readonly entry: LogEntryRecord } | { readonly gap: LogGap })[];
  /** Where the next read begins. It moves on also where nothing matched the query. */
  readonly position: LogPosition;
  /** Nothing is left to read for now. */
  readonly atEnd: boolean;
}

/** Reads logs, for the schema. It reads bytes only when asked, and lets other work run in between. */
export interface LogReader {
  page(query: LogQuery, request: LogPageRequest): Promise<LogPage>;
  /** At most about `limit` entries after a position. */
  follow(query: LogQuery, after: LogPosition, limit: number): Promise<LogRead>;
  /** The position before the last `last` entries that match, for a follower that begins with those. */
  startOf(query: LogQuery, last: number): Promise<LogPosition>;
  /** The position after the newest entry. */
  end(): LogPosition;
  /** The last mark of an epoch: a power failure took what a cursor beyond it stands for. Null for an unknown epoch. */
  endOfEpoch(epoch: number): number | null;
  /** What the log of an app takes on the disk, with its marks in the database, in bytes. */
  bytes(app: AppId): number;
  /** Calls back soon after a commit of new lines, at most once for each. The returned function ends that. */
  onMore(listener: () => void): () => void;
}
