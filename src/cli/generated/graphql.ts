/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** One app, by its stable id or by its present name. Give exactly one of the two. */
export type AppRef =
  {   /** The app’s id, as `App.id` tells it: it holds through renames. */
  id: string; name?: never; }
  |  { id?: never;   /** The app’s name at this moment. */
  name: string; };

/** Where an app is in its life, as it is; what is wanted of it is `DesiredState`. */
export type AppState =
  /** It ended without being asked to; a restart is scheduled: see `App.restart`. */
  | 'BACKOFF'
  /** It cannot be started, because its manifest or its name is not valid: see `App.error`. */
  | 'INVALID'
  /** A process of the app’s own run listens on its port. */
  | 'RUNNING'
  /** Its dependencies are being installed, or it was spawned and is not yet ready. */
  | 'STARTING'
  /** No process of it is left, and none is due. */
  | 'STOPPED'
  /** It was asked to end; processes of it are left. */
  | 'STOPPING';

/** Input of `createLoginLink`. */
export type CreateLoginLinkInput = {
  /** What the session shall allow: your own role, or a lesser one. Null or left out: your own. */
  role?: Role | null | undefined;
};

/** What is wanted of an app. It is kept over restarts of the control plane. */
export type DesiredState =
  /** It shall run: it is started at boot, and again after an end by itself, as its restart policy says. */
  | 'RUNNING'
  /** Somebody stopped it: it stays so until somebody starts it. */
  | 'STOPPED';

/** What kind of failure it is, for programs; the message is for people. */
export type ErrorCode =
  /** A rename, removal or activation of the same app is under way. */
  | 'APP_BUSY'
  /** The app cannot be started as it is: see `App.error`. */
  | 'APP_INVALID'
  /** No listed app has that id or name. */
  | 'APP_NOT_FOUND'
  /** The icon is neither one symbol nor a short text. */
  | 'ICON_INVALID'
  /** Something in the input does not fit: see `path`. */
  | 'INVALID_INPUT'
  /** The name is not an app name. */
  | 'NAME_INVALID'
  /** Another app, or another directory, has that name. */
  | 'NAME_TAKEN'
  /** The disk, the file system or the database said no. */
  | 'OPERATION_FAILED'
  /** The port is held by somebody else, or none is left. */
  | 'PORT_UNAVAILABLE'
  /** The app has no release of that name. */
  | 'RELEASE_NOT_FOUND'
  /** The directory could not be renamed. */
  | 'RENAME_FAILED'
  /** The run ended before it was ready. */
  | 'START_FAILED'
  /** Processes of the run could not be ended. */
  | 'STOP_FAILED';

/** What brought a run’s end about. */
export type ExitReason =
  /** It ended of its own accord, well or with an error. */
  | 'EXITED'
  /** Its dependencies could not be installed; the script was not run. */
  | 'INSTALL_FAILED'
  /** It was asked to end, did not within the grace, and was killed. */
  | 'KILLED'
  /** It ended while no control plane was looking, and left no status. */
  | 'LOST'
  /** The script could not be started at all. */
  | 'SPAWN_FAILED'
  /** It did not listen on its port in time, and was ended. */
  | 'STARTUP_TIMEOUT'
  /** It was asked to end, and did so within the grace. */
  | 'STOPPED'
  /** It failed too many health checks in a row, and was ended. */
  | 'UNHEALTHY';

/** What the last health check of an app found. */
export type Health =
  /** It answered with a status of 200 to 299. */
  | 'HEALTHY'
  /** The last check failed; at three in a row (or what the manifest says) it is restarted. */
  | 'UNHEALTHY'
  /** Not checked yet, not running, the manifest turns the check off, or it names no path and `/` answered neither 2xx nor 5xx (then a warning says what). */
  | 'UNKNOWN';

/** Who wrote a line, and where to. */
export type LogStream =
  /** The app, to its standard error. */
  | 'STDERR'
  /** The app, to its standard output. */
  | 'STDOUT'
  /** The supervisor, about the run. */
  | 'SUPERVISOR';

/** Who listens on an app’s port now. */
export type PortState =
  /** The app’s own run. */
  | 'BOUND'
  /** Somebody else: see `holder`. */
  | 'CONFLICT'
  /** Nobody: it is held for an app that does not listen now. */
  | 'RESERVED';

/** After which ends that nobody asked for an app is started again: `toes.restart` of its manifest. */
export type RestartPolicy =
  /** After every end: for an app that serves, whose exit 0 is a fault, too. */
  | 'ALWAYS'
  /** After none. */
  | 'NEVER'
  /** After every end but exit 0 of its own accord. The default. */
  | 'ON_FAILURE';

/** What a caller may do; each role includes those before it. */
export type Role =
  /** Rename and remove apps, activate releases, assign ports, hand out tokens and read the audit log. */
  | 'ADMIN'
  /** Start, stop and restart apps, and set icons. */
  | 'OPERATOR'
  /** Read everything, logs included. */
  | 'VIEWER';

/** Why a run was begun. */
export type RunCause =
  /** The control plane started. */
  | 'BOOT'
  /** Somebody asked for it. */
  | 'COMMAND'
  /** The run before ended without being asked to, or did not become ready. */
  | 'CRASH'
  /** The run before failed its health checks. */
  | 'HEALTH'
  /** The app was found, or its manifest became valid. */
  | 'MANIFEST'
  /** Another release became the current one. */
  | 'RELEASE'
  /** The app was renamed while it ran. */
  | 'RENAME';

/** How far a run is. */
export type RunPhase =
  /** The script was spawned, and does not yet listen on its port. */
  | 'BOOTING'
  /** Its last process is gone. */
  | 'ENDED'
  /** It was asked to end, or its script has ended; processes are left. */
  | 'ENDING'
  /** The app’s dependencies are being installed. */
  | 'INSTALLING'
  /** It listens on its port. */
  | 'READY';

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

export type CliNamesQueryVariables = Exact<{ [key: string]: never; }>;


export type CliNamesQuery = { apps: { nodes: Array<{ name: string }> } };

export type CliLoginLinkMutationVariables = Exact<{
  input: CreateLoginLinkInput;
}>;


export type CliLoginLinkMutation = { createLoginLink:
    | { __typename: 'CreateLoginLinkSuccess', url: string, expiresAt: string }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
   };

export type CliProgressQueryVariables = Exact<{
  by: AppRef;
}>;


export type CliProgressQuery = { app: { state: AppState, run: { phase: RunPhase, port: number | null } | null, restart: { attempt: number } | null } | null };

export type CliAppIdQueryVariables = Exact<{
  by: AppRef;
}>;


export type CliAppIdQuery = { app: { id: string } | null };

export type CliStatusQueryVariables = Exact<{
  by: AppRef;
}>;


export type CliStatusQuery = { app: { tool: string | null, warnings: Array<string>, restartPolicy: RestartPolicy, createdAt: string, id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, health: Health, error: string | null, url: string | null, revision: number, access: { requested: Role | null, granted: Role | null, allowed: Role | null, effective: Role | null }, port: { port: number, state: PortState, holder: { pid: number | null, command: string | null } | null } | null, release: { name: string } | null, releases: Array<{ name: string }>, run: { id: string, pid: number | null, phase: RunPhase, cause: RunCause, actor: string, recoveries: number, startedAt: string, readyAt: string | null, release: string | null } | null, usage: { memoryBytes: number, cpuPercent: number, processes: number } | null, lastRuns: { nodes: Array<{ id: string, cause: RunCause, startedAt: string, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null }> }, logs: { nodes: Array<{ cursor: string, at: string, stream: LogStream, text: string, truncated: boolean, app: { id: string, name: string }, run: { id: string } }> }, restart: { attempt: number, at: string } | null, runs: { totalCount: number } } | null };

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
export const CliNamesDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliNames {
  apps(first: 1000) {
    nodes {
      name
    }
  }
}
    `) as unknown as TypedDocumentString<CliNamesQuery, CliNamesQueryVariables>;
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
export const CliProgressDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliProgress($by: AppRef!) {
  app(by: $by) {
    state
    run {
      phase
      port
    }
    restart {
      attempt
    }
  }
}
    `) as unknown as TypedDocumentString<CliProgressQuery, CliProgressQueryVariables>;
export const CliAppIdDocument = /* @__PURE__ */ new TypedDocumentString(`
    query CliAppId($by: AppRef!) {
  app(by: $by) {
    id
  }
}
    `) as unknown as TypedDocumentString<CliAppIdQuery, CliAppIdQueryVariables>;
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
      release
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