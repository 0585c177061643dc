import type { Role } from '../core/access.ts';
import type { AppId } from '../core/app.ts';
import type { JournalEvent, NewEvent } from '../core/events.ts';
import type { FileIdentity } from '../core/file-identity.ts';
import type { Intent } from '../core/intent.ts';
import type { Lifecycle } from '../core/lifecycle.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Run, RunId } from '../core/run.ts';

/**
 * Stores are synchronous: SQLite is in this process. What a method wrote is committed when the
 * outermost `transaction` returns, or at once outside of one.
 * @throws the database's error (disk full, ...); then nothing of the transaction is kept.
 */
export interface Transactions {
  transaction<T>(work: () => T): T;
}

/** What of the commits is known to survive a power cut. */
export interface Durability {
  /** Why the disk has not confirmed all that had to be, a sentence; null where it has. */
  problem(): string | null;
  /** Resolves when the disk has confirmed all that had to be, or the database is closed. */
  confirmed(): Promise<void>;
}

/** An app as it is kept. */
export interface AppRecord {
  readonly id: AppId;
  readonly name: string;
  /** Device and inode of its directory; null where it was never seen. */
  readonly identity: string | null;
  readonly createdAt: number;
  /** Grows with every change that a client can see. */
  readonly revision: number;
  /** When its directory was found to be gone; null while it is there. */
  readonly missingSince: number | null;
  /** The last valid one; null where there was none. */
  readonly manifest: Manifest | null;
  readonly release: string | null;
  /** The real path of `current` when its manifest was last valid. */
  readonly directory: string | null;
  /** Which directory that was; null where a version before this one saw it last. */
  readonly directoryIdentity: FileIdentity | null;
  readonly lifecycle: Lifecycle;
  /** The operation under way. */
  readonly intent: Intent | null;
  /** The role for this API that an ADMIN granted it, for as long as its directory stays; null: none. */
  readonly granted: Role | null;
}

export interface AppStore {
  /** All of them, gone ones too. */
  all(): readonly AppRecord[];
  /** Gives the new app its id. @throws where the name is taken. */
  insert(app: Omit<AppRecord, 'id'>): AppRecord;
  update(app: AppRecord): void;
  /** With its runs and port; its events stay. */
  remove(app: AppId): void;
}

export interface RunPageRequest {
  /** Runs older than this one. */
  readonly after: RunId | null;
  /** Runs newer than this one. */
  readonly before: RunId | null;
  readonly limit: number;
  /** From the newest on, where true; else the oldest `limit` of the range. */
  readonly forward: boolean;
}

export interface RunPage {
  /** Newest first, whichever end was asked for. */
  readonly runs: readonly Run[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

export interface RunStore {
  /** The number that the next run will have. Grows over restarts too: no number is used twice. */
  nextId(): RunId;
  get(run: RunId): Run | null;
  /** Inserts it or replaces what is kept of it. */
  save(run: Run): void;
  /** All that have not ended. */
  live(): readonly Run[];
  page(app: AppId, request: RunPageRequest): RunPage;
  count(app: AppId): number;
  /** The app's ended runs less the newest `keep` of them, oldest first: what retention may remove. */
  surplus(app: AppId, keep: number): readonly RunId[];
  /** Its number is not given again. */
  remove(run: RunId): void;
}

export interface PortLease {
  readonly id: number;
  readonly port: number;
  readonly app: AppId;
  readonly assignedAt: number;
}

export interface PortStore {
  /** By port. */
  all(): readonly PortLease[];
  ofApp(app: AppId): PortLease | null;
  /** Gives the app this port instead of the one it has. @throws where another app holds it. */
  assign(app: AppId, port: number, at: number): PortLease;
  /** Answers the port that was given back; null where there was none. */
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
  /** Oldest first, whichever end was asked for. */
  readonly events: readonly JournalEvent[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

/** The journal. */
export interface EventStore {
  append(events: readonly NewEvent[]): readonly JournalEvent[];
  get(seq: number): JournalEvent | null;
  page(request: EventPageRequest): EventPage;
  /** The last number given; 0 before the first. */
  last(): number;
  /** The oldest number kept; 0 where there is none. */
  first(): number;
  /**
   * Removes the oldest events: those beyond the newest `keep`, and those told before the time `olderThan`;
   * at most `limit` of them. Answers how many.
   */
  prune(retention: { readonly keep: number; readonly olderThan: number; readonly limit: number }): number;
}

/** What an installation that succeeded went by, so that the next start can skip it. */
export interface InstallStore {
  /** The key of the last installation that succeeded in this real directory. */
  get(directory: string): string | null;
  set(directory: string, key: string, at: number): void;
  forget(directory: string): void;
}

/** The steady time (`SteadyTime`), as an earlier process or another one kept it. */
export interface TimeStore {
  /** In milliseconds since the epoch; null where none was kept yet. */
  kept(): number | null;
  /** Keeps the time, unless a later one is kept. */
  keep(time: number): void;
}

/** The database as a whole. */
export interface MetaStore {
  /** Made with the database: lower-case letters and digits. */
  readonly databaseId: string;
  /** Grew at this start, committed with synchronous=FULL. */
  readonly epoch: number;
  /** The last event that an earlier epoch's control plane can have told of; null for an unknown epoch. */
  lastEventOfEpoch(epoch: number): number | null;
  /** The same for marks. */
  lastMarkOfEpoch(epoch: number): number | null;
}
