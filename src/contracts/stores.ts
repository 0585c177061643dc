import type { Role } from '../core/access.ts';
import type { AppId } from '../core/app.ts';
import type { JournalEvent, NewEvent } from '../core/events.ts';
import type { FileIdentity } from '../core/file-identity.ts';
import type { Intent } from '../core/intent.ts';
import type { Lifecycle } from '../core/lifecycle.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Run, RunId } from '../core/run.ts';

/**
 * The database's transactions. Stores are synchronous, because SQLite is in this process. What a method of a store
 * writes is committed when the outermost `transaction` returns, or at once outside of one. Every method of every store
 * may throw the database's error (for example, the disk is full); then nothing of the transaction is kept.
 */
export interface Transactions {
  transaction<T>(work: () => T): T;
}

/** Whether the commits that must survive a power failure do. */
export interface Durability {
  /** Why the disk has not confirmed all of them, a sentence for a person; null where it has. */
  problem(): string | null;
  /** Resolves when the disk has confirmed all of them, or the database is closed. */
  confirmed(): Promise<void>;
}

/** An app as the database has it. */
export interface AppRecord {
  readonly id: AppId;
  readonly name: string;
  /** Device, inode and birth time of its directory; null where it was never seen. */
  readonly identity: string | null;
  /** In milliseconds since the epoch. */
  readonly createdAt: number;
  /** Grows with each change that a client can see. */
  readonly revision: number;
  /** When its directory was found to be gone, in milliseconds since the epoch; null while it is there. */
  readonly missingSince: number | null;
  /** The last valid one; null where there was none. */
  readonly manifest: Manifest | null;
  /** The release that `current` points to; null for a plain directory. */
  readonly release: string | null;
  /** The real path of `current` when its manifest was last valid. */
  readonly directory: string | null;
  /** Which directory that was; null where an older version of this program saw it last. */
  readonly directoryIdentity: FileIdentity | null;
  readonly lifecycle: Lifecycle;
  /** The operation that is under way; null: none. */
  readonly intent: Intent | null;
  /** The role for this API that an ADMIN granted it; null: none. The grant ends with the app's directory. */
  readonly granted: Role | null;
}

export interface AppStore {
  /** Also the apps that are gone. */
  all(): readonly AppRecord[];
  /** Gives the new app its id. @throws where the name is taken */
  insert(app: Omit<AppRecord, 'id'>): AppRecord;
  update(app: AppRecord): void;
  /** Removes the app with its runs and port. Its events stay. */
  remove(app: AppId): void;
}

export interface RunPageRequest {
  /** Only runs older than this one. */
  readonly after: RunId | null;
  /** Only runs newer than this one. */
  readonly before: RunId | null;
  readonly limit: number;
  /** True: the newest `limit` of the range; false: the oldest. */
  readonly forward: boolean;
}

export interface RunPage {
  /** Newest first, whatever `forward` says. */
  readonly runs: readonly Run[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

export interface RunStore {
  /** The number of the next run. It grows over restarts of the server, too: no number is used twice. */
  nextId(): RunId;
  get(run: RunId): Run | null;
  /** Inserts or replaces it. @throws where the run is another app's; the database's error */
  save(run: Run): void;
  /** The runs that have not ended. */
  live(): readonly Run[];
  page(app: AppId, request: RunPageRequest): RunPage;
  count(app: AppId): number;
  /** The app's ended runs except the newest `keep` of them, oldest first: retention may remove them. */
  surplus(app: AppId, keep: number): readonly RunId[];
  /** Removes the run. Its number is not used again. */
  remove(run: RunId): void;
}

/** A port that is an app's for life. */
export interface PortLease {
  readonly id: number;
  readonly port: number;
  readonly app: AppId;
  /** In milliseconds since the epoch. */
  readonly assignedAt: number;
}

export interface PortStore {
  /** By port. */
  all(): readonly PortLease[];
  ofApp(app: AppId): PortLease | null;
  /** Gives the app this port in place of the one that it has. @throws where another app has it */
  assign(app: AppId, port: number, at: number): PortLease;
  /** Returns the port that the app had; null where it had none. */
  release(app: AppId): number | null;
}

export interface EventPageRequest {
  readonly apps: readonly AppId[] | null;
  readonly after: number | null;
  readonly before: number | null;
  readonly limit: number;
  readonly forward: boolean;
}

export interface EventPage {
  /** Oldest first, whatever `forward` says. */
  readonly events: readonly JournalEvent[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

/** The journal. */
export interface EventStore {
  append(events: readonly NewEvent[]): readonly JournalEvent[];
  get(seq: number): JournalEvent | null;
  page(request: EventPageRequest): EventPage;
  /** The newest number; 0 before the first event. */
  last(): number;
  /** The oldest number that is kept; 0 where there is none. */
  first(): number;
  /**
   * Removes events beyond the newest `keep`, and those from before the time `olderThan`: at most `limit` of them, the
   * oldest first. Returns how many.
   */
  prune(retention: { readonly keep: number; readonly olderThan: number; readonly limit: number }): number;
}

/** The keys of installations that succeeded, by which the next start can skip one. */
export interface InstallStore {
  /** The key of the last one that succeeded in this real directory; null: none. */
  get(directory: string): string | null;
  set(directory: string, key: string, at: number): void;
  forget(directory: string): void;
}

/** The steady time (`SteadyTime`) as this process, an earlier one or another one has written it. */
export interface TimeStore {
  /** In milliseconds since the epoch; null where none was written yet. */
  kept(): number | null;
  /** Writes the time, unless a later one is there. */
  keep(time: number): void;
}

/** The database as a whole. */
export interface MetaStore {
  /** Made with the database. Lowercase letters and digits. */
  readonly databaseId: string;
  /** Grows at each start. Survives a power failure. */
  readonly epoch: number;
  /** The last event of an epoch: clients cannot have seen a later one of it. Null for an unknown epoch. */
  lastEventOfEpoch(epoch: number): number | null;
  /** The same for marks. */
  lastMarkOfEpoch(epoch: number): number | null;
}
