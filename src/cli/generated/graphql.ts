/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** One app, by its permanent id or its current name. Give exactly one of the two. */
export type AppRef =
  {   /** The value of `App.id`. A rename does not change it. */
  id: string; name?: never; }
  |  { id?: never;   /** The current name of the app. */
  name: string; };

/** The actual state of an app. `DesiredState` says whether it should run. */
export type AppState =
  /** The app ended without being asked to. A restart is scheduled: see `App.restart`. */
  | 'BACKOFF'
  /** The app cannot start because its manifest or its name is not valid: see `App.error`. */
  | 'INVALID'
  /** A process of the current run listens on the port of the app. */
  | 'RUNNING'
  /** The dependencies are being installed, or the app was spawned and is not ready yet. */
  | 'STARTING'
  /** No process of the app is alive, and no start is scheduled. */
  | 'STOPPED'
  /** The app was asked to end. Some of its processes are still alive. */
  | 'STOPPING';

/** Input of `createLoginLink`. */
export type CreateLoginLinkInput = {
  /** The role of the session: your own role, or a lesser one. If null or left out, your own. */
  role?: Role | null | undefined;
};

/** Whether an app should run. It is kept across restarts of the control plane. */
export type DesiredState =
  /** The app should run. It is started at boot, and restarted after it ends by itself, according to its restart policy. */
  | 'RUNNING'
  /** The app was stopped by a client. It remains stopped until a client starts it. */
  | 'STOPPED';

/** The kind of error, for programs. The message is for people. */
export type ErrorCode =
  /** A rename, removal or activation of the same app is in progress. */
  | 'APP_BUSY'
  /** The app cannot start: see `App.error`. */
  | 'APP_INVALID'
  /** No listed app has this id or name. */
  | 'APP_NOT_FOUND'
  /** The icon is neither one symbol nor a short text. */
  | 'ICON_INVALID'
  /** Part of the input is not valid: see `path`. */
  | 'INVALID_INPUT'
  /** The name is not valid for an app. */
  | 'NAME_INVALID'
  /** Another app or directory already has this name. */
  | 'NAME_TAKEN'
  /** The disk, the file system or the database refused the operation. */
  | 'OPERATION_FAILED'
  /** Another process or app holds the port, or no port is free. */
  | 'PORT_UNAVAILABLE'
  /** The app has no release with this name. */
  | 'RELEASE_NOT_FOUND'
  /** The directory could not be renamed. */
  | 'RENAME_FAILED'
  /** The run ended before the app was ready. */
  | 'START_FAILED'
  /** Some processes of the run could not be ended. */
  | 'STOP_FAILED';

/** Why a run ended. */
export type ExitReason =
  /** The script exited by itself, successfully or with an error. */
  | 'EXITED'
  /** The dependencies could not be installed. The script was not started. */
  | 'INSTALL_FAILED'
  /** The run was asked to end, did not do so within the grace period, and was killed. */
  | 'KILLED'
  /** The run ended while the control plane was down, and its exit status is not known. */
  | 'LOST'
  /** The script could not be started. */
  | 'SPAWN_FAILED'
  /** The app did not listen on its port in time, and was ended. */
  | 'STARTUP_TIMEOUT'
  /** The run was asked to end and did so within the grace period. */
  | 'STOPPED'
  /** The app failed too many health checks in a row, and was ended. */
  | 'UNHEALTHY';

/** The result of the last health check of an app. */
export type Health =
  /** The app responded with a status of 200 to 299. */
  | 'HEALTHY'
  /** The last check failed. After three failures in a row, or the number in the manifest, the app is restarted. */
  | 'UNHEALTHY'
  /** The app is not running or not checked yet, or the manifest turns the check off. Or the manifest names no path, and `/` returned neither 2xx nor 5xx: then a warning says what it returned. */
  | 'UNKNOWN';

/** Who wrote a line, and to which stream. */
export type LogStream =
  /** The app wrote it to standard error. */
  | 'STDERR'
  /** The app wrote it to standard output. */
  | 'STDOUT'
  /** The supervisor wrote it about the run. */
  | 'SUPERVISOR';

/** Who listens on the port of an app now. */
export type PortState =
  /** The run of the app. */
  | 'BOUND'
  /** Another process: see `holder`. */
  | 'CONFLICT'
  /** No process. The port is reserved for its app, which does not listen now. */
  | 'RESERVED';

/** After which unrequested ends of a run an app is restarted: `toes.restart` in its manifest. */
export type RestartPolicy =
  /** After every end. For an app with a server, for which an exit with status 0 is a failure, too. */
  | 'ALWAYS'
  /** Never. */
  | 'NEVER'
  /** After every end, except when the script exits by itself with status 0. The default. */
  | 'ON_FAILURE';

/** What a caller may do. Each role includes those before it. */
export type Role =
  /** Rename and remove apps, activate releases, assign ports, create tokens and read the audit log. */
  | 'ADMIN'
  /** Start, stop and restart apps, and set icons. */
  | 'OPERATOR'
  /** Read everything, including logs. */
  | 'VIEWER';

/** Why a run was started. */
export type RunCause =
  /** The control plane started. */
  | 'BOOT'
  /** A client asked for it. */
  | 'COMMAND'
  /** The previous run ended without being asked to, or did not become ready. */
  | 'CRASH'
  /** The previous run failed its health checks. */
  | 'HEALTH'
  /** The app was found, or its manifest became valid. */
  | 'MANIFEST'
  /** Another release was activated. */
  | 'RELEASE'
  /** The app was renamed while it was running. */
  | 'RENAME';

/** The phase of a run. */
export type RunPhase =
  /** The run was started, and the app does not listen on its port yet. `pid` is null until the script runs. */
  | 'BOOTING'
  /** The last process has ended. */
  | 'ENDED'
  /** The run was asked to end, or its script has ended. Some processes are still alive. */
  | 'ENDING'
  /** The dependencies of the app are being installed, or wait for another installation in the same directory. A run that installs nothing skips this phase. */
  | 'INSTALLING'
  /** The app listens on its port. */
  | 'READY';

export type CliNamesQueryVariables = Exact<{ [key: string]: never; }>;


export type CliNamesQuery = { apps: { nodes: Array<{ id: string, name: string }> } };

export type CliAppIdQueryVariables = Exact<{
  by: AppRef;
}>;


export type CliAppIdQuery = { app: { id: string } | null };

export type AppRowFragment = { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, health: Health, error: string | null, url: string | null, revision: number, port: { port: number } | null, restart: { attempt: number, at: string } | null, run: { phase: RunPhase, startedAt: string, readyAt: string | null } | null, usage: { memoryBytes: number, cpuPercent: number } | null, runs: { totalCount: number } };

export type CliAppsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type CliAppsQuery = { apps: { nodes: Array<{ id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, health: Health, error: string | null, url: string | null, revision: number, port: { port: number } | null, restart: { attempt: number, at: string } | null, run: { phase: RunPhase, startedAt: string, readyAt: string | null } | null, usage: { memoryBytes: number, cpuPercent: number } | null, runs: { totalCount: number } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CliAuditQueryVariables = Exact<{
  last?: number | null | undefined;
  first?: number | null | undefined;
  before?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type CliAuditQuery = { auditLog: { nodes: Array<{ cursor: string, at: string, actor: string, tokenId: string | null, role: Role, action: string, input: string, outcome: string | null, endedAt: string | null }>, pageInfo: { startCursor: string | null, endCursor: string | null, hasPreviousPage: boolean, hasNextPage: boolean } } };

export type CliLineFragment = { cursor: string, at: string, stream: LogStream, text: string, truncated: boolean, app: { id: string, name: string }, run: { id: string } };

export type CliProgressQueryVariables = Exact<{
  by: AppRef;
}>;


export type CliProgressQuery = { app: { state: AppState, run: { phase: RunPhase, port: number | null, pid: number | null } | null, restart: { attempt: number } | null } | null };

export type CliLoginLinkMutationVariables = Exact<{
  input: CreateLoginLinkInput;
}>;


export type CliLoginLinkMutation = { createLoginLink:
    | { __typename: 'CreateLoginLinkSuccess', url: string, expiresAt: string }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
   };

export type CliAppUrlQueryVariables = Exact<{
  by: AppRef;
}>;


export type CliAppUrlQuery = { app: { name: string, state: AppState, url: string | null } | null };

export type CliStatusQueryVariables = Exact<{
  by: AppRef;
}>;


export type CliStatusQuery = { app: { tool: string | null, warnings: Array<string>, restartPolicy: RestartPolicy, createdAt: string, id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, health: Health, error: string | null, url: string | null, revision: number, access: { requested: Role | null, granted: Role | null, allowed: Role | null, effective: Role | null }, port: { port: number, state: PortState, holder: { pid: number | null, command: string | null } | null } | null, release: { name: string } | null, releases: Array<{ name: string }>, run: { id: string, pid: number | null, phase: RunPhase, cause: RunCause, actor: string, recoveries: number, startedAt: string, readyAt: string | null, release: { name: string } | null } | null, usage: { memoryBytes: number, cpuPercent: number, processes: number } | null, lastRuns: { nodes: Array<{ id: string, cause: RunCause, startedAt: string, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null }> }, logs: { nodes: Array<{ cursor: string, at: string, stream: LogStream, text: string, truncated: boolean, app: { id: string, name: string }, run: { id: string } }> }, restart: { attempt: number, at: string } | null, runs: { totalCount: number } } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const AppRowFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment AppRow on App {
  id
  name
  icon
  state
  desiredState
  health
  error
  url
  revision
  port {
    port
  }
  restart {
    attempt
    at
  }
  run {
    phase
    startedAt
    readyAt
  }
  usage {
    memoryBytes
    cpuPercent
  }
  runs(first: 0) {
    totalCount
  }
}
    `, {"fragmentName":"AppRow"}) as unknown as TypedDocumentString<AppRowFragment, unknown>;
export const CliLineFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment CliLine on LogEntry {
  cursor
  at
  stream
  text
  truncated
  app {
    id
    name
  }
  run {
    id
  }
}
    `, {"fragmentName":"CliLine"}) as unknown as TypedDocumentString<CliLineFragment, unknown>;
export const CliNamesDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliNames {
  apps(first: 1000) {
    nodes {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<CliNamesQuery, CliNamesQueryVariables>;
export const CliAppIdDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliAppId($by: AppRef!) {
  app(by: $by) {
    id
  }
}
    `) as unknown as TypedDocumentString<CliAppIdQuery, CliAppIdQueryVariables>;
export const CliAppsDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliApps($after: Cursor) {
  apps(first: 200, after: $after) {
    nodes {
      ...AppRow
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment AppRow on App {
  id
  name
  icon
  state
  desiredState
  health
  error
  url
  revision
  port {
    port
  }
  restart {
    attempt
    at
  }
  run {
    phase
    startedAt
    readyAt
  }
  usage {
    memoryBytes
    cpuPercent
  }
  runs(first: 0) {
    totalCount
  }
}`) as unknown as TypedDocumentString<CliAppsQuery, CliAppsQueryVariables>;
export const CliAuditDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliAudit($last: Int, $first: Int, $before: Cursor, $after: Cursor) {
  auditLog(last: $last, first: $first, before: $before, after: $after) {
    nodes {
      cursor
      at
      actor
      tokenId
      role
      action
      input
      outcome
      endedAt
    }
    pageInfo {
      startCursor
      endCursor
      hasPreviousPage
      hasNextPage
    }
  }
}
    `) as unknown as TypedDocumentString<CliAuditQuery, CliAuditQueryVariables>;
export const CliProgressDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliProgress($by: AppRef!) {
  app(by: $by) {
    state
    run {
      phase
      port
      pid
    }
    restart {
      attempt
    }
  }
}
    `) as unknown as TypedDocumentString<CliProgressQuery, CliProgressQueryVariables>;
export const CliLoginLinkDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation CliLoginLink($input: CreateLoginLinkInput!) {
  createLoginLink(input: $input) {
    __typename
    ... on CreateLoginLinkSuccess {
      url
      expiresAt
    }
    ... on Error {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CliLoginLinkMutation, CliLoginLinkMutationVariables>;
export const CliAppUrlDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliAppUrl($by: AppRef!) {
  app(by: $by) {
    name
    state
    url
  }
}
    `) as unknown as TypedDocumentString<CliAppUrlQuery, CliAppUrlQueryVariables>;
export const CliStatusDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliStatus($by: AppRef!) {
  app(by: $by) {
    ...AppRow
    tool
    warnings
    restartPolicy
    access {
      requested
      granted
      allowed
      effective
    }
    createdAt
    port {
      port
      state
      holder {
        pid
        command
      }
    }
    release {
      name
    }
    releases {
      name
    }
    run {
      id
      pid
      phase
      cause
      actor
      recoveries
      startedAt
      readyAt
      release {
        name
      }
    }
    usage {
      memoryBytes
      cpuPercent
      processes
    }
    lastRuns: runs(first: 10) {
      nodes {
        id
        cause
        startedAt
        exit {
          at
          code
          signal
          reason
        }
      }
    }
    logs(last: 10) {
      nodes {
        ...CliLine
      }
    }
  }
}
    fragment AppRow on App {
  id
  name
  icon
  state
  desiredState
  health
  error
  url
  revision
  port {
    port
  }
  restart {
    attempt
    at
  }
  run {
    phase
    startedAt
    readyAt
  }
  usage {
    memoryBytes
    cpuPercent
  }
  runs(first: 0) {
    totalCount
  }
}
fragment CliLine on LogEntry {
  cursor
  at
  stream
  text
  truncated
  app {
    id
    name
  }
  run {
    id
  }
}`) as unknown as TypedDocumentString<CliStatusQuery, CliStatusQueryVariables>;