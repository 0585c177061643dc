import type { Role } from '../core/access.ts';
import type { AppId, AppState, DesiredState, Health } from '../core/app.ts';
import type { AppAccess } from '../core/app-access.ts';
import type { PortHolder, Result } from '../core/errors.ts';
import type { JournalEvent, ScheduledRestart } from '../core/events.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Release } from '../core/release.ts';
import type { RestartPolicy } from '../core/restarts.ts';
import type { Run, RunId } from '../core/run.ts';
import type { Stray } from './discovery.ts';
import type { Containment } from './driver.ts';
import type { EventPage, EventPageRequest, RunPage, RunPageRequest } from './stores.ts';

/** An app as clients see it, at a committed moment. */
export interface AppView {
  readonly id: AppId;
  readonly name: string;
  readonly icon: string;
  /** The label of a tool; null: the app is not a tool. */
  readonly tool: string | null;
  readonly state: AppState;
  readonly desiredState: DesiredState;
  /** A sentence for a person; null: all is well. */
  readonly error: string | null;
  readonly warnings: readonly string[];
  readonly health: Health;
  /** The live run; null: none. */
  readonly run: Run | null;
  /** The next automatic restart; null: none is scheduled. */
  readonly restart: ScheduledRestart | null;
  /** After which unrequested ends the app is started again. */
  readonly restartPolicy: RestartPolicy;
  /**
   * The local address at which the app was reached when it became ready; null: it is not ready, or the address is not
   * known.
   */
  readonly address: string | null;
  /** The release that `current` points to; null for a plain directory. */
  readonly release: string | null;
  /** The last valid one; null: it never had one. */
  readonly manifest: Manifest | null;
  /** False for an app that needs no port. */
  readonly servesPort: boolean;
  /** The role for this API that its manifest asks for; null: none. */
  readonly requestedRole: Role | null;
  /** The role that an ADMIN granted it; null: none. */
  readonly grantedRole: Role | null;
  /** In milliseconds since the epoch. */
  readonly createdAt: number;
  /** Grows with each change that a client can see. */
  readonly revision: number;
}

/** RESERVED: no process listens. BOUND: the app does. CONFLICT: another process does. */
export type PortState = 'RESERVED' | 'BOUND' | 'CONFLICT';

/** An app's port, as the database has it. */
export interface PortView {
  readonly id: number;
  readonly port: number;
  readonly app: AppId;
  /** In milliseconds since the epoch. */
  readonly assignedAt: number;
}

/** Who listens on a port, at the moment of the look. */
export interface PortUse {
  readonly state: PortState;
  /** Null: no process listens. */
  readonly holder: PortHolder | null;
}

/** The range that apps get their ports from, both ends included. */
export interface PortRangeView {
  readonly min: number;
  readonly max: number;
  /** How many are apps' own, bound or not. */
  readonly assigned: number;
}

/** What the processes of a run use. */
export interface UsageView {
  /** Over the last second or so; 100 is one core. */
  readonly cpuPercent: number;
  /** Processor time of the run so far, in seconds. */
  readonly cpuSeconds: number;
  /** Resident memory, summed up. */
  readonly memoryBytes: number;
  readonly processes: number;
}

/** What does not change while the server runs. */
export interface SupervisorInfo {
  readonly version: string;
  /** In milliseconds since the epoch. */
  readonly startedAt: number;
  /** Absolute. */
  readonly appsDir: string;
  /** The driver's name. */
  readonly engine: string;
  /** How the driver knows which processes belong to a run. */
  readonly containment: Containment;
}

/** Options of every command. */
export interface CommandOptions {
  /** The name of the token of the client. */
  readonly actor: string;
  /** True: answer when the command is done or has failed; else as soon as it is committed. */
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
 * All that the schema and the server may ask of the supervisor. Reads return what is committed. The commands of one app
 * are committed one at a time, in their order. A command's expected failures are values with a code; it never rejects:
 * an unexpected error is OPERATION_FAILED with a reference to the server's log.
 */
export interface Supervisor {
  readonly info: SupervisorInfo;
  /**
   * Grows with every commit. While it is the same, `apps`, `app` and `appById` return the same, and each app has the
   * same port.
   */
  readonly version: number;
  /** The listed apps, by name. */
  apps(): readonly AppView[];
  app(ref: AppRef): AppView | null;
  /** Also of an app whose directory is gone for now, for its runs and lines. */
  appById(id: AppId): AppView | null;
  /** The directories of APPS_DIR that are no apps, by name. They are no part of `version`. */
  strays(): readonly Stray[];

  /** Fails with APP_INVALID and, with `wait`, START_FAILED or PORT_UNAVAILABLE. */
  start(ref: AppRef, options: CommandOptions): Promise<Result<AppView>>;
  /** With `wait`, fails with STOP_FAILED where processes outlive SIGKILL, or another command takes its place. */
  stop(ref: AppRef, options: CommandOptions): Promise<Result<AppView>>;
  /** Fails as `start` does. */
  restart(ref: AppRef, options: CommandOptions): Promise<Result<AppView>>;
  /**
   * Stops the app for as long as it moves the directory. NAME_TAKEN, NAME_INVALID, APP_BUSY, STOP_FAILED,
   * RENAME_FAILED.
   */
  rename(ref: AppRef, name: string, options: CommandOptions): Promise<Result<AppView>>;
  /** @param icon null: back to the default. Fails with ICON_INVALID or APP_INVALID. */
  setIcon(ref: AppRef, icon: string | null, options: CommandOptions): Promise<Result<AppView>>;
  /** Stops the app and moves its directory to the trash. APP_BUSY, STOP_FAILED. */
  remove(ref: AppRef, options: CommandOptions): Promise<Result<RemovedApp>>;
  /**
   * Points `current` at a release and restarts the app; goes back where that does not become ready. RELEASE_NOT_FOUND,
   * APP_BUSY and, with `wait`, the failures of `start`.
   */
  activateRelease(ref: AppRef, release: string, options: CommandOptions): Promise<Result<AppView>>;
  /** Gives a stopped app another port for life. APP_BUSY, INVALID_INPUT, PORT_UNAVAILABLE. */
  assignPort(ref: AppRef, port: number, options: CommandOptions): Promise<Result<AppView>>;

  /**
   * Grants the app this role for this API in place of the one before; null revokes the grant. Takes effect at once.
   * INVALID_INPUT for ADMIN.
   */
  grantAccess(ref: AppRef, role: Role | null, options: CommandOptions): Promise<Result<AppView>>;
  /** What the app may do with this API. @throws the database's error */
  access(app: AppView): AppAccess;

  run(id: RunId): Run | null;
  runs(app: AppId, request: RunPageRequest): RunPage;
  runCount(app: AppId): number;
  /** Newest first. @throws Error with a reason */
  releases(app: AppId): Promise<readonly Release[]>;
  /** What the app's processes use now; null where none run. */
  usage(app: AppId): Promise<UsageView | null>;
  /** Those of listed apps, by port. */
  ports(): readonly PortView[];
  portOf(app: AppId): PortView | null;
  portById(id: number): PortView | null;
  /** Looks at the system's sockets. The look begins after the call, and all who ask meanwhile share it. */
  portUse(port: PortView): Promise<PortUse>;
  portRange(): PortRangeView;
  /** How many ports of the range are neither an app's nor in use. Looks as `portUse` does. */
  freePorts(): Promise<number>;
}

/** The journal, for readers. */
export interface EventReader {
  readonly identity: { readonly database: string; readonly epoch: number };
  page(request: EventPageRequest): EventPage;
  get(seq: number): JournalEvent | null;
  /** The newest number; 0 before the first event. */
  last(): number;
  /** The oldest number that is kept; 0 where there is none. */
  first(): number;
  /**
   * The last number of an epoch: a power failure took what a cursor beyond it stands for. Null for an unknown epoch.
   */
  endOfEpoch(epoch: number): number | null;
  /** Calls back soon after new events were committed. The returned function ends that. */
  onMore(listener: () => void): () => void;
}

/** What `/readyz` answers with. */
export interface Readiness {
  /** Sentences for a person; none when the server is ready. */
  problems(): readonly string[];
  /** How many apps should run and do not. They do not make the control plane unready. */
  appsDown(): number;
}
