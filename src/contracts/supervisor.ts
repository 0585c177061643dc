import type { Role } from '../core/access.ts';
import type { AppId, AppState, DesiredState, Health } from '../core/app.ts';
import type { AppAccess } from '../core/app-access.ts';
import type { PortHolder, Result } from '../core/errors.ts';
import type { JournalEvent, ScheduledRestart } from '../core/events.ts';
import type { Release } from '../core/release.ts';
import type { RestartPolicy } from '../core/restarts.ts';
import type { Run, RunId } from '../core/run.ts';
import type { Containment } from './driver.ts';
import type { EventPage, EventPageRequest, RunPage, RunPageRequest } from './stores.ts';

/** An app as a client sees it, at one moment that was committed. */
export interface AppView {
  readonly id: AppId;
  readonly name: string;
  readonly icon: string;
  /** The label; null where it is no tool. */
  readonly tool: string | null;
  readonly state: AppState;
  readonly desiredState: DesiredState;
  readonly error: string | null;
  readonly warnings: readonly string[];
  readonly health: Health;
  /** The run that is going on. */
  readonly run: Run | null;
  readonly restart: ScheduledRestart | null;
  /** After which ends that nobody asked for it is started again. */
  readonly restartPolicy: RestartPolicy;
  /** Where the app was reached when it became ready, as a local address; null: it is not ready, or nobody knows. */
  readonly address: string | null;
  /** The release that `current` points to; null for a plain directory. */
  readonly release: string | null;
  /** False for an app that serves nothing. */
  readonly servesPort: boolean;
  /** The role for this API that its manifest asks for; null: none. */
  readonly requestedRole: Role | null;
  /** The role that an ADMIN granted it; null: none. */
  readonly grantedRole: Role | null;
  readonly createdAt: number;
  readonly revision: number;
}

export type PortState = 'RESERVED' | 'BOUND' | 'CONFLICT';

export interface PortView {
  readonly id: number;
  readonly port: number;
  readonly app: AppId;
  readonly state: PortState;
  readonly holder: PortHolder | null;
  readonly assignedAt: number;
}

export interface PortRangeView {
  readonly min: number;
  readonly max: number;
  readonly assigned: number;
  readonly free: number;
}

export interface UsageView {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly processes: number;
}

export interface SupervisorInfo {
  readonly version: string;
  readonly startedAt: number;
  readonly appsDir: string;
  /** The driver's name. */
  readonly engine: string;
  /** How it is known which processes belong to a run. */
  readonly containment: Containment;
}

export interface CommandOptions {
  /** Who asks: a token's name. */
  readonly actor: string;
  /** Answer when it is done, or has failed; else as soon as it is accepted. */
  readonly wait?: boolean;
}

/** An app that was removed. */
export interface RemovedApp {
  readonly appId: AppId;
  /** The name that it had. */
  readonly appName: string;
}

/** An app that is listed: its id or its present name. */
export type AppRef = { readonly id: AppId } | { readonly name: string };

/**
 * The facade: all that a face (the schema, the server) may ask of the supervisor. Reads tell what is
 * committed; commands of one app are taken one at a time, in the order in which they come.
 */
export interface Supervisor {
  readonly info: SupervisorInfo;
  /** The listed apps, by name. */
  apps(): readonly AppView[];
  app(ref: AppRef): AppView | null;
  /** Also of an app that is gone for now, for its runs and lines. */
  appById(id: AppId): AppView | null;

  start(ref: AppRef, options: CommandOptions): Promise<Result<AppView>>;
  stop(ref: AppRef, options: CommandOptions): Promise<Result<AppView>>;
  restart(ref: AppRef, options: CommandOptions): Promise<Result<AppView>>;
  rename(ref: AppRef, name: string, options: CommandOptions): Promise<Result<AppView>>;
  /** null: back to the default. */
  setIcon(ref: AppRef, icon: string | null, options: CommandOptions): Promise<Result<AppView>>;
  remove(ref: AppRef, options: CommandOptions): Promise<Result<RemovedApp>>;
  activateRelease(ref: AppRef, release: string, options: CommandOptions): Promise<Result<AppView>>;
  assignPort(ref: AppRef, port: number, options: CommandOptions): Promise<Result<AppView>>;

  /** Grants the app a role for this API, and no longer the one before; null takes the grant back. In force at once. */
  grantAccess(ref: AppRef, role: Role | null, options: CommandOptions): Promise<Result<AppView>>;
  /** What the app may do with this API. @throws the database's error */
  access(app: AppView): AppAccess;

  run(id: RunId): Run | null;
  runs(app: AppId, request: RunPageRequest): RunPage;
  runCount(app: AppId): number;
  releases(app: AppId): Promise<readonly Release[]>;
  /** What the run's processes use now; null where nothing runs. */
  usage(app: AppId): Promise<UsageView | null>;
  /** By port, looked at now. */
  ports(): Promise<readonly PortView[]>;
  portOf(app: AppId): Promise<PortView | null>;
  portById(id: number): Promise<PortView | null>;
  portRange(): Promise<PortRangeView>;
}

/** The journal, for readers. */
export interface EventReader {
  readonly identity: { readonly database: string; readonly epoch: number };
  page(request: EventPageRequest): EventPage;
  get(seq: number): JournalEvent | null;
  /** The newest number; 0 before the first. */
  last(): number;
  /** The oldest number kept; 0 where there is none. */
  first(): number;
  /** The last number of an epoch: a cursor beyond it was lost in a power cut. Null for an unknown epoch. */
  endOfEpoch(epoch: number): number | null;
  /** Calls back (soon) when there is more. The answer ends it. */
  onMore(listener: () => void): () => void;
}

/** What `/readyz` tells. */
export interface Readiness {
  /** Each a sentence for a person; none when all is well. */
  problems(): readonly string[];
  /** How many apps are wanted and do not run. No problem of the control plane's. */
  appsDown(): number;
}
