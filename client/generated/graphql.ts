/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Input of `activateRelease`. */
export type ActivateReleaseInput = {
  /** The app to change. */
  app: AppRef;
  /** The name of the release, as in `App.releases`. */
  release: string;
  /** If true, respond when the app is ready on the new release, or was returned to the old one. If false, respond as soon as the command is accepted. */
  wait?: boolean;
};

/** What an AppUpdatedEvent can report. */
export type AppField =
  /** `App.desiredState`. */
  | 'DESIRED_STATE'
  /** `App.error`. */
  | 'ERROR'
  /** `App.access.granted`: the role that an ADMIN granted. */
  | 'GRANTED_ROLE'
  /** `App.health`. */
  | 'HEALTH'
  /** `App.icon`. */
  | 'ICON'
  /** Other settings in `App.manifest`. Each value is a JSON object with the settings that changed. */
  | 'MANIFEST'
  /** `App.release`: the name of the release. */
  | 'RELEASE'
  /** `App.access.requested`: the role that the manifest requests. */
  | 'REQUESTED_ROLE'
  /** `App.restartPolicy`. */
  | 'RESTART_POLICY'
  /** `App.script`. */
  | 'SCRIPT'
  /** `App.tool`. */
  | 'TOOL'
  /** `App.warnings`, one on each line. */
  | 'WARNINGS';

/** Selects the apps that meet all the given conditions. */
export type AppFilter = {
  /** Only apps whose name contains this text. */
  nameContains?: string | null | undefined;
  /** Only apps in one of these states. */
  states?: Array<AppState> | null | undefined;
  /** If true, only tools. If false, only apps that are not tools. */
  tool?: boolean | null | undefined;
};

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

/** Input of `assignPort`. */
export type AssignPortInput = {
  /** The app to change. */
  app: AppRef;
  /** The port, within `portRange`. */
  port: number;
};

/** How the control plane determines which processes belong to a run. */
export type Containment =
  /** Each run has its own cgroup (version 2). No process can leave it. */
  | 'CGROUP'
  /** By process group, `TOEHOLD_RUN_ID` and descent. A process that leaves its group, clears its environment and loses its parent, all at the same time, is not found. */
  | 'DESCENT'
  /** Only by process group and descent: this system does not show the environment of processes. */
  | 'PROCESS_GROUP';

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

/** Why part of a stream can no longer be delivered. */
export type GapReason =
  /** The cursor belongs to a journal that no longer exists: the database was replaced, or a power failure lost its last rows. */
  | 'JOURNAL_RESET'
  /** Retention removed it. */
  | 'RETENTION'
  /** The app truncated its own output. */
  | 'TRUNCATED_BY_APP';

/** Input of `grantAppAccess`. */
export type GrantAppAccessInput = {
  /** The app to change. */
  app: AppRef;
  /** VIEWER or OPERATOR, which replaces the previous grant. If null or left out, the grant is removed. */
  role?: Role | null | undefined;
};

/** The result of the last health check of an app. */
export type Health =
  /** The app responded with a status of 200 to 299. */
  | 'HEALTHY'
  /** The last check failed. After three failures in a row, or the number in the manifest, the app is restarted. */
  | 'UNHEALTHY'
  /** The app is not running or not checked yet, or the manifest turns the check off. Or the manifest names no path, and `/` returned neither 2xx nor 5xx: then a warning says what it returned. */
  | 'UNKNOWN';

/** Selects the lines that meet all the given conditions. */
export type LogFilter = {
  /** Only lines that contain this text. Case-sensitive; at most 250 bytes in UTF-8. */
  contains?: string | null | undefined;
  /** Only lines seen at this time or later. */
  since?: string | null | undefined;
  /** Only lines of these streams. If left out, lines of all streams. */
  streams?: Array<LogStream> | null | undefined;
  /** Only lines seen at this time or earlier. */
  until?: string | null | undefined;
};

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

/** Input of `removeApp`. */
export type RemoveAppInput = {
  /** The app to remove. */
  app: AppRef;
};

/** Input of `renameApp`. */
export type RenameAppInput = {
  /** The app to rename. */
  app: AppRef;
  /** The new name: at most 63 lowercase letters, digits and hyphens, beginning with a letter. */
  name: string;
};

/** Input of `restartApp`. */
export type RestartAppInput = {
  /** The app to restart. */
  app: AppRef;
  /** If true, respond when the app is ready again or its start has failed. If false, respond as soon as the command is accepted. */
  wait?: boolean;
};

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

/** Input of `setAppIcon`. */
export type SetAppIconInput = {
  /** The app to change. */
  app: AppRef;
  /** One symbol, or a text of at most 16 code points. If null or left out, the default icon. */
  icon?: string | null | undefined;
};

/** Input of `startApp`. */
export type StartAppInput = {
  /** The app to start. */
  app: AppRef;
  /** If true, respond when the app is ready or its start has failed. If false, respond as soon as the command is accepted. */
  wait?: boolean;
};

/** Input of `stopApp`. */
export type StopAppInput = {
  /** The app to stop. */
  app: AppRef;
  /** If true, respond when the last process has ended. If false, respond as soon as the command is accepted. */
  wait?: boolean;
};

export type AppFieldsFragment = { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null };

export type RunFieldsFragment = { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null };

export type ExitFieldsFragment = { at: string, code: number | null, signal: string | null, reason: ExitReason };

export type LineFieldsFragment = { cursor: string, at: string, stream: LogStream, text: string, truncated: boolean, app: { id: string, name: string }, run: { id: string } };

type EventFields_ActivationFailedEvent_Fragment = { __typename: 'ActivationFailedEvent', appId: string, appName: string, release: string, previousRelease: string, message: string, id: string, cursor: string, at: string, actor: string };

type EventFields_AppAddedEvent_Fragment = { __typename: 'AppAddedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string };

type EventFields_AppRemovedEvent_Fragment = { __typename: 'AppRemovedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string };

type EventFields_AppRenamedEvent_Fragment = { __typename: 'AppRenamedEvent', appId: string, appName: string, previousName: string, id: string, cursor: string, at: string, actor: string };

type EventFields_AppStateChangedEvent_Fragment = { __typename: 'AppStateChangedEvent', appId: string, appName: string, from: AppState, to: AppState, id: string, cursor: string, at: string, actor: string, run: { id: string } | null };

type EventFields_AppUpdatedEvent_Fragment = { __typename: 'AppUpdatedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string, changes: Array<{ field: AppField, before: string | null, after: string | null }> };

type EventFields_DiskLowEvent_Fragment = { __typename: 'DiskLowEvent', freeBytes: number, id: string, cursor: string, at: string, actor: string };

type EventFields_DiskRecoveredEvent_Fragment = { __typename: 'DiskRecoveredEvent', id: string, cursor: string, at: string, actor: string };

type EventFields_PortAssignedEvent_Fragment = { __typename: 'PortAssignedEvent', appId: string, appName: string, port: number, previousPort: number | null, id: string, cursor: string, at: string, actor: string };

type EventFields_PortConflictEvent_Fragment = { __typename: 'PortConflictEvent', appId: string, appName: string, port: number, id: string, cursor: string, at: string, actor: string, holder: { pid: number | null, command: string | null } | null };

type EventFields_PortReleasedEvent_Fragment = { __typename: 'PortReleasedEvent', appId: string, appName: string, port: number, id: string, cursor: string, at: string, actor: string };

type EventFields_RestartScheduledEvent_Fragment = { __typename: 'RestartScheduledEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string, restart: { at: string, attempt: number } };

type EventFields_RunEndedEvent_Fragment = { __typename: 'RunEndedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string, run: { id: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } };

type EventFields_SupervisorStartedEvent_Fragment = { __typename: 'SupervisorStartedEvent', recoveredRuns: number, lostRuns: number, id: string, cursor: string, at: string, actor: string };

type EventFields_SupervisorStoppingEvent_Fragment = { __typename: 'SupervisorStoppingEvent', detached: boolean, id: string, cursor: string, at: string, actor: string };

export type EventFieldsFragment =
  | EventFields_ActivationFailedEvent_Fragment
  | EventFields_AppAddedEvent_Fragment
  | EventFields_AppRemovedEvent_Fragment
  | EventFields_AppRenamedEvent_Fragment
  | EventFields_AppStateChangedEvent_Fragment
  | EventFields_AppUpdatedEvent_Fragment
  | EventFields_DiskLowEvent_Fragment
  | EventFields_DiskRecoveredEvent_Fragment
  | EventFields_PortAssignedEvent_Fragment
  | EventFields_PortConflictEvent_Fragment
  | EventFields_PortReleasedEvent_Fragment
  | EventFields_RestartScheduledEvent_Fragment
  | EventFields_RunEndedEvent_Fragment
  | EventFields_SupervisorStartedEvent_Fragment
  | EventFields_SupervisorStoppingEvent_Fragment
;

export type StartAppMutationVariables = Exact<{
  input: StartAppInput;
}>;


export type StartAppMutation = { startApp:
    | { __typename: 'AppInvalidError', code: ErrorCode, message: string }
    | { __typename: 'AppNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
    | { __typename: 'PortUnavailableError', code: ErrorCode, message: string, holder: { pid: number | null, command: string | null } | null }
    | { __typename: 'StartAppSuccess', app: { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null } }
    | { __typename: 'StartFailedError', code: ErrorCode, message: string, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null, tail: Array<{ cursor: string, at: string, stream: LogStream, text: string, truncated: boolean, app: { id: string, name: string }, run: { id: string } }> }
   };

export type StopAppMutationVariables = Exact<{
  input: StopAppInput;
}>;


export type StopAppMutation = { stopApp:
    | { __typename: 'AppNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
    | { __typename: 'StopAppSuccess', app: { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null } }
    | { __typename: 'StopFailedError', code: ErrorCode, message: string }
   };

export type RestartAppMutationVariables = Exact<{
  input: RestartAppInput;
}>;


export type RestartAppMutation = { restartApp:
    | { __typename: 'AppInvalidError', code: ErrorCode, message: string }
    | { __typename: 'AppNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
    | { __typename: 'PortUnavailableError', code: ErrorCode, message: string, holder: { pid: number | null, command: string | null } | null }
    | { __typename: 'RestartAppSuccess', app: { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null } }
    | { __typename: 'StartFailedError', code: ErrorCode, message: string, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null, tail: Array<{ cursor: string, at: string, stream: LogStream, text: string, truncated: boolean, app: { id: string, name: string }, run: { id: string } }> }
    | { __typename: 'StopFailedError', code: ErrorCode, message: string }
   };

export type RenameAppMutationVariables = Exact<{
  input: RenameAppInput;
}>;


export type RenameAppMutation = { renameApp:
    | { __typename: 'AppBusyError', code: ErrorCode, message: string, state: AppState }
    | { __typename: 'AppNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'NameTakenError', code: ErrorCode, message: string }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
    | { __typename: 'RenameAppSuccess', app: { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null } }
    | { __typename: 'StopFailedError', code: ErrorCode, message: string }
   };

export type SetAppIconMutationVariables = Exact<{
  input: SetAppIconInput;
}>;


export type SetAppIconMutation = { setAppIcon:
    | { __typename: 'AppInvalidError', code: ErrorCode, message: string }
    | { __typename: 'AppNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
    | { __typename: 'SetAppIconSuccess', app: { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null } }
   };

export type GrantAppAccessMutationVariables = Exact<{
  input: GrantAppAccessInput;
}>;


export type GrantAppAccessMutation = { grantAppAccess:
    | { __typename: 'AppNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'GrantAppAccessSuccess', app: { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, access: { requested: Role | null, granted: Role | null, allowed: Role | null, effective: Role | null }, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null } }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
   };

export type RemoveAppMutationVariables = Exact<{
  input: RemoveAppInput;
}>;


export type RemoveAppMutation = { removeApp:
    | { __typename: 'AppBusyError', code: ErrorCode, message: string, state: AppState }
    | { __typename: 'AppNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
    | { __typename: 'RemoveAppSuccess', appId: string, appName: string }
    | { __typename: 'StopFailedError', code: ErrorCode, message: string }
   };

export type ActivateReleaseMutationVariables = Exact<{
  input: ActivateReleaseInput;
}>;


export type ActivateReleaseMutation = { activateRelease:
    | { __typename: 'ActivateReleaseSuccess', app: { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null } }
    | { __typename: 'AppBusyError', code: ErrorCode, message: string, state: AppState }
    | { __typename: 'AppInvalidError', code: ErrorCode, message: string }
    | { __typename: 'AppNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
    | { __typename: 'PortUnavailableError', code: ErrorCode, message: string, holder: { pid: number | null, command: string | null } | null }
    | { __typename: 'StartFailedError', code: ErrorCode, message: string, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null, tail: Array<{ cursor: string, at: string, stream: LogStream, text: string, truncated: boolean, app: { id: string, name: string }, run: { id: string } }> }
    | { __typename: 'StopFailedError', code: ErrorCode, message: string }
   };

export type AssignPortMutationVariables = Exact<{
  input: AssignPortInput;
}>;


export type AssignPortMutation = { assignPort:
    | { __typename: 'AppBusyError', code: ErrorCode, message: string, state: AppState }
    | { __typename: 'AppNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'AssignPortSuccess', app: { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null } }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'OperationFailedError', code: ErrorCode, message: string }
    | { __typename: 'PortUnavailableError', code: ErrorCode, message: string, holder: { pid: number | null, command: string | null } | null }
   };

export type AppsQueryVariables = Exact<{
  filter?: AppFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type AppsQuery = { apps: { totalCount: number, nodes: Array<{ id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } };

export type AppQueryVariables = Exact<{
  app: AppRef;
}>;


export type AppQuery = { app: { id: string, name: string, icon: string, state: AppState, desiredState: DesiredState, tool: string | null, url: string | null, error: string | null, warnings: Array<string>, health: Health, revision: number, createdAt: string, port: { port: number, state: PortState } | null, restart: { at: string, attempt: number } | null, release: { name: string, createdAt: string } | null, run: { id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null } | null, usage: { cpuPercent: number, memoryBytes: number, processes: number } | null } | null };

export type AppReleasesQueryVariables = Exact<{
  app: AppRef;
}>;


export type AppReleasesQuery = { app: { id: string, name: string, releases: Array<{ name: string, createdAt: string, current: boolean }> } | null };

export type RunsQueryVariables = Exact<{
  app: AppRef;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type RunsQuery = { app: { id: string, name: string, runs: { totalCount: number, nodes: Array<{ id: string, phase: RunPhase, cause: RunCause, actor: string, pid: number | null, port: number | null, recoveries: number, startedAt: string, readyAt: string | null, endedAt: string | null, release: { name: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } } | null };

export type PortsQueryVariables = Exact<{ [key: string]: never; }>;


export type PortsQuery = { ports: Array<{ port: number, state: PortState, assignedAt: string, app: { id: string, name: string }, holder: { pid: number | null, command: string | null } | null }>, portRange: { min: number, max: number, assigned: number, free: number } };

export type LogsPageQueryVariables = Exact<{
  apps?: Array<AppRef> | AppRef | null | undefined;
  filter?: LogFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type LogsPageQuery = { logs: { nodes: Array<{ cursor: string, at: string, stream: LogStream, text: string, truncated: boolean, app: { id: string, name: string }, run: { id: string } }>, pageInfo: { startCursor: string | null, endCursor: string | null, hasPreviousPage: boolean, hasNextPage: boolean } } };

export type EventsPageQueryVariables = Exact<{
  apps?: Array<AppRef> | AppRef | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type EventsPageQuery = { events: { nodes: Array<
      | { __typename: 'ActivationFailedEvent', appId: string, appName: string, release: string, previousRelease: string, message: string, id: string, cursor: string, at: string, actor: string }
      | { __typename: 'AppAddedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string }
      | { __typename: 'AppRemovedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string }
      | { __typename: 'AppRenamedEvent', appId: string, appName: string, previousName: string, id: string, cursor: string, at: string, actor: string }
      | { __typename: 'AppStateChangedEvent', appId: string, appName: string, from: AppState, to: AppState, id: string, cursor: string, at: string, actor: string, run: { id: string } | null }
      | { __typename: 'AppUpdatedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string, changes: Array<{ field: AppField, before: string | null, after: string | null }> }
      | { __typename: 'DiskLowEvent', freeBytes: number, id: string, cursor: string, at: string, actor: string }
      | { __typename: 'DiskRecoveredEvent', id: string, cursor: string, at: string, actor: string }
      | { __typename: 'PortAssignedEvent', appId: string, appName: string, port: number, previousPort: number | null, id: string, cursor: string, at: string, actor: string }
      | { __typename: 'PortConflictEvent', appId: string, appName: string, port: number, id: string, cursor: string, at: string, actor: string, holder: { pid: number | null, command: string | null } | null }
      | { __typename: 'PortReleasedEvent', appId: string, appName: string, port: number, id: string, cursor: string, at: string, actor: string }
      | { __typename: 'RestartScheduledEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string, restart: { at: string, attempt: number } }
      | { __typename: 'RunEndedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string, run: { id: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } }
      | { __typename: 'SupervisorStartedEvent', recoveredRuns: number, lostRuns: number, id: string, cursor: string, at: string, actor: string }
      | { __typename: 'SupervisorStoppingEvent', detached: boolean, id: string, cursor: string, at: string, actor: string }
    >, pageInfo: { startCursor: string | null, endCursor: string | null, hasPreviousPage: boolean, hasNextPage: boolean } } };

export type EventCursorQueryVariables = Exact<{ [key: string]: never; }>;


export type EventCursorQuery = { eventCursor: string };

export type SupervisorQueryVariables = Exact<{ [key: string]: never; }>;


export type SupervisorQuery = { supervisor: { version: string, pid: number, engine: string, containment: Containment, appsDir: string, startedAt: string, memoryBytes: number } };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { name: string, role: Role } };

export type FollowLogsSubscriptionVariables = Exact<{
  apps?: Array<AppRef> | AppRef | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  filter?: LogFilter | null | undefined;
}>;


export type FollowLogsSubscription = { logs:
    | { __typename: 'LogBatch', cursor: string, live: boolean, entries: Array<{ cursor: string, at: string, stream: LogStream, text: string, truncated: boolean, app: { id: string, name: string }, run: { id: string } }> }
    | { __typename: 'StreamGap', reason: GapReason, lostAfter: string, cursor: string, app: { id: string, name: string } | null }
    | { __typename: 'StreamHeartbeat', cursor: string }
   };

export type FollowEventsSubscriptionVariables = Exact<{
  apps?: Array<AppRef> | AppRef | null | undefined;
  after?: string | null | undefined;
}>;


export type FollowEventsSubscription = { events:
    | { __typename: 'EventBatch', cursor: string, live: boolean, events: Array<
        | { __typename: 'ActivationFailedEvent', appId: string, appName: string, release: string, previousRelease: string, message: string, id: string, cursor: string, at: string, actor: string }
        | { __typename: 'AppAddedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string }
        | { __typename: 'AppRemovedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string }
        | { __typename: 'AppRenamedEvent', appId: string, appName: string, previousName: string, id: string, cursor: string, at: string, actor: string }
        | { __typename: 'AppStateChangedEvent', appId: string, appName: string, from: AppState, to: AppState, id: string, cursor: string, at: string, actor: string, run: { id: string } | null }
        | { __typename: 'AppUpdatedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string, changes: Array<{ field: AppField, before: string | null, after: string | null }> }
        | { __typename: 'DiskLowEvent', freeBytes: number, id: string, cursor: string, at: string, actor: string }
        | { __typename: 'DiskRecoveredEvent', id: string, cursor: string, at: string, actor: string }
        | { __typename: 'PortAssignedEvent', appId: string, appName: string, port: number, previousPort: number | null, id: string, cursor: string, at: string, actor: string }
        | { __typename: 'PortConflictEvent', appId: string, appName: string, port: number, id: string, cursor: string, at: string, actor: string, holder: { pid: number | null, command: string | null } | null }
        | { __typename: 'PortReleasedEvent', appId: string, appName: string, port: number, id: string, cursor: string, at: string, actor: string }
        | { __typename: 'RestartScheduledEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string, restart: { at: string, attempt: number } }
        | { __typename: 'RunEndedEvent', appId: string, appName: string, id: string, cursor: string, at: string, actor: string, run: { id: string } | null, exit: { at: string, code: number | null, signal: string | null, reason: ExitReason } }
        | { __typename: 'SupervisorStartedEvent', recoveredRuns: number, lostRuns: number, id: string, cursor: string, at: string, actor: string }
        | { __typename: 'SupervisorStoppingEvent', detached: boolean, id: string, cursor: string, at: string, actor: string }
      > }
    | { __typename: 'StreamGap', reason: GapReason, lostAfter: string, cursor: string, app: { id: string, name: string } | null }
    | { __typename: 'StreamHeartbeat', cursor: string }
   };

export type GapFieldsFragment = { reason: GapReason, lostAfter: string, cursor: string, app: { id: string, name: string } | null };

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
export const ExitFieldsFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}
    `, {"fragmentName":"ExitFields"}) as unknown as TypedDocumentString<ExitFieldsFragment, unknown>;
export const RunFieldsFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
    fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`, {"fragmentName":"RunFields"}) as unknown as TypedDocumentString<RunFieldsFragment, unknown>;
export const AppFieldsFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
    fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`, {"fragmentName":"AppFields"}) as unknown as TypedDocumentString<AppFieldsFragment, unknown>;
export const LineFieldsFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment LineFields on LogEntry {
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
    `, {"fragmentName":"LineFields"}) as unknown as TypedDocumentString<LineFieldsFragment, unknown>;
export const EventFieldsFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment EventFields on Event {
  __typename
  id
  cursor
  at
  actor
  ... on AppEvent {
    appId
    appName
  }
  ... on AppRenamedEvent {
    previousName
  }
  ... on AppStateChangedEvent {
    from
    to
    run {
      id
    }
  }
  ... on AppUpdatedEvent {
    changes {
      field
      before
      after
    }
  }
  ... on RestartScheduledEvent {
    restart {
      at
      attempt
    }
  }
  ... on RunEndedEvent {
    run {
      id
    }
    exit {
      ...ExitFields
    }
  }
  ... on PortAssignedEvent {
    port
    previousPort
  }
  ... on PortReleasedEvent {
    port
  }
  ... on ActivationFailedEvent {
    release
    previousRelease
    message
  }
  ... on PortConflictEvent {
    port
    holder {
      pid
      command
    }
  }
  ... on SupervisorStartedEvent {
    recoveredRuns
    lostRuns
  }
  ... on SupervisorStoppingEvent {
    detached
  }
  ... on DiskLowEvent {
    freeBytes
  }
}
    fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`, {"fragmentName":"EventFields"}) as unknown as TypedDocumentString<EventFieldsFragment, unknown>;
export const GapFieldsFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment GapFields on StreamGap {
  reason
  lostAfter
  cursor: resumeAt
  app {
    id
    name
  }
}
    `, {"fragmentName":"GapFields"}) as unknown as TypedDocumentString<GapFieldsFragment, unknown>;
export const StartAppDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation StartApp($input: StartAppInput!) {
  startApp(input: $input) {
    __typename
    ... on StartAppSuccess {
      app {
        ...AppFields
      }
    }
    ... on Error {
      code
      message
    }
    ... on StartFailedError {
      exit {
        ...ExitFields
      }
      tail {
        ...LineFields
      }
    }
    ... on PortUnavailableError {
      holder {
        pid
        command
      }
    }
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}
fragment LineFields on LogEntry {
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
}`) as unknown as TypedDocumentString<StartAppMutation, StartAppMutationVariables>;
export const StopAppDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation StopApp($input: StopAppInput!) {
  stopApp(input: $input) {
    __typename
    ... on StopAppSuccess {
      app {
        ...AppFields
      }
    }
    ... on Error {
      code
      message
    }
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`) as unknown as TypedDocumentString<StopAppMutation, StopAppMutationVariables>;
export const RestartAppDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation RestartApp($input: RestartAppInput!) {
  restartApp(input: $input) {
    __typename
    ... on RestartAppSuccess {
      app {
        ...AppFields
      }
    }
    ... on Error {
      code
      message
    }
    ... on StartFailedError {
      exit {
        ...ExitFields
      }
      tail {
        ...LineFields
      }
    }
    ... on PortUnavailableError {
      holder {
        pid
        command
      }
    }
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}
fragment LineFields on LogEntry {
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
}`) as unknown as TypedDocumentString<RestartAppMutation, RestartAppMutationVariables>;
export const RenameAppDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation RenameApp($input: RenameAppInput!) {
  renameApp(input: $input) {
    __typename
    ... on RenameAppSuccess {
      app {
        ...AppFields
      }
    }
    ... on Error {
      code
      message
    }
    ... on InvalidInputError {
      path
    }
    ... on AppBusyError {
      state
    }
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`) as unknown as TypedDocumentString<RenameAppMutation, RenameAppMutationVariables>;
export const SetAppIconDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation SetAppIcon($input: SetAppIconInput!) {
  setAppIcon(input: $input) {
    __typename
    ... on SetAppIconSuccess {
      app {
        ...AppFields
      }
    }
    ... on Error {
      code
      message
    }
    ... on InvalidInputError {
      path
    }
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`) as unknown as TypedDocumentString<SetAppIconMutation, SetAppIconMutationVariables>;
export const GrantAppAccessDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation GrantAppAccess($input: GrantAppAccessInput!) {
  grantAppAccess(input: $input) {
    __typename
    ... on GrantAppAccessSuccess {
      app {
        ...AppFields
        access {
          requested
          granted
          allowed
          effective
        }
      }
    }
    ... on Error {
      code
      message
    }
    ... on InvalidInputError {
      path
    }
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`) as unknown as TypedDocumentString<GrantAppAccessMutation, GrantAppAccessMutationVariables>;
export const RemoveAppDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation RemoveApp($input: RemoveAppInput!) {
  removeApp(input: $input) {
    __typename
    ... on RemoveAppSuccess {
      appId
      appName
    }
    ... on Error {
      code
      message
    }
    ... on AppBusyError {
      state
    }
  }
}
    `) as unknown as TypedDocumentString<RemoveAppMutation, RemoveAppMutationVariables>;
export const ActivateReleaseDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation ActivateRelease($input: ActivateReleaseInput!) {
  activateRelease(input: $input) {
    __typename
    ... on ActivateReleaseSuccess {
      app {
        ...AppFields
      }
    }
    ... on Error {
      code
      message
    }
    ... on InvalidInputError {
      path
    }
    ... on StartFailedError {
      exit {
        ...ExitFields
      }
      tail {
        ...LineFields
      }
    }
    ... on PortUnavailableError {
      holder {
        pid
        command
      }
    }
    ... on AppBusyError {
      state
    }
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}
fragment LineFields on LogEntry {
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
}`) as unknown as TypedDocumentString<ActivateReleaseMutation, ActivateReleaseMutationVariables>;
export const AssignPortDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation AssignPort($input: AssignPortInput!) {
  assignPort(input: $input) {
    __typename
    ... on AssignPortSuccess {
      app {
        ...AppFields
      }
    }
    ... on Error {
      code
      message
    }
    ... on InvalidInputError {
      path
    }
    ... on PortUnavailableError {
      holder {
        pid
        command
      }
    }
    ... on AppBusyError {
      state
    }
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`) as unknown as TypedDocumentString<AssignPortMutation, AssignPortMutationVariables>;
export const AppsDocument = /* @__PURE__ */ new TypedDocumentString(`
    query Apps($filter: AppFilter, $first: Int, $after: Cursor) {
  apps(filter: $filter, first: $first, after: $after) {
    nodes {
      ...AppFields
    }
    totalCount
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`) as unknown as TypedDocumentString<AppsQuery, AppsQueryVariables>;
export const AppDocument = /* @__PURE__ */ new TypedDocumentString(`
    query App($app: AppRef!) {
  app(by: $app) {
    ...AppFields
  }
}
    fragment AppFields on App {
  id
  name
  icon
  state
  desiredState
  tool
  url
  error
  warnings
  health
  revision
  createdAt
  port {
    port
    state
  }
  restart {
    at
    attempt
  }
  release {
    name
    createdAt
  }
  run {
    ...RunFields
  }
  usage {
    cpuPercent
    memoryBytes
    processes
  }
}
fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`) as unknown as TypedDocumentString<AppQuery, AppQueryVariables>;
export const AppReleasesDocument = /* @__PURE__ */ new TypedDocumentString(`
    query AppReleases($app: AppRef!) {
  app(by: $app) {
    id
    name
    releases {
      name
      createdAt
      current
    }
  }
}
    `) as unknown as TypedDocumentString<AppReleasesQuery, AppReleasesQueryVariables>;
export const RunsDocument = /* @__PURE__ */ new TypedDocumentString(`
    query Runs($app: AppRef!, $first: Int, $after: Cursor) {
  app(by: $app) {
    id
    name
    runs(first: $first, after: $after) {
      nodes {
        ...RunFields
      }
      totalCount
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
}
    fragment RunFields on Run {
  id
  phase
  cause
  actor
  pid
  port
  release {
    name
  }
  recoveries
  startedAt
  readyAt
  endedAt
  exit {
    ...ExitFields
  }
}
fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}`) as unknown as TypedDocumentString<RunsQuery, RunsQueryVariables>;
export const PortsDocument = /* @__PURE__ */ new TypedDocumentString(`
    query Ports {
  ports {
    port
    state
    assignedAt
    app {
      id
      name
    }
    holder {
      pid
      command
    }
  }
  portRange {
    min
    max
    assigned
    free
  }
}
    `) as unknown as TypedDocumentString<PortsQuery, PortsQueryVariables>;
export const LogsPageDocument = /* @__PURE__ */ new TypedDocumentString(`
    query LogsPage($apps: [AppRef!], $filter: LogFilter, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  logs(
    apps: $apps
    filter: $filter
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    nodes {
      ...LineFields
    }
    pageInfo {
      startCursor
      endCursor
      hasPreviousPage
      hasNextPage
    }
  }
}
    fragment LineFields on LogEntry {
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
}`) as unknown as TypedDocumentString<LogsPageQuery, LogsPageQueryVariables>;
export const EventsPageDocument = /* @__PURE__ */ new TypedDocumentString(`
    query EventsPage($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  events(apps: $apps, first: $first, after: $after, last: $last, before: $before) {
    nodes {
      ...EventFields
    }
    pageInfo {
      startCursor
      endCursor
      hasPreviousPage
      hasNextPage
    }
  }
}
    fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}
fragment EventFields on Event {
  __typename
  id
  cursor
  at
  actor
  ... on AppEvent {
    appId
    appName
  }
  ... on AppRenamedEvent {
    previousName
  }
  ... on AppStateChangedEvent {
    from
    to
    run {
      id
    }
  }
  ... on AppUpdatedEvent {
    changes {
      field
      before
      after
    }
  }
  ... on RestartScheduledEvent {
    restart {
      at
      attempt
    }
  }
  ... on RunEndedEvent {
    run {
      id
    }
    exit {
      ...ExitFields
    }
  }
  ... on PortAssignedEvent {
    port
    previousPort
  }
  ... on PortReleasedEvent {
    port
  }
  ... on ActivationFailedEvent {
    release
    previousRelease
    message
  }
  ... on PortConflictEvent {
    port
    holder {
      pid
      command
    }
  }
  ... on SupervisorStartedEvent {
    recoveredRuns
    lostRuns
  }
  ... on SupervisorStoppingEvent {
    detached
  }
  ... on DiskLowEvent {
    freeBytes
  }
}`) as unknown as TypedDocumentString<EventsPageQuery, EventsPageQueryVariables>;
export const EventCursorDocument = /* @__PURE__ */ new TypedDocumentString(`
    query EventCursor {
  eventCursor
}
    `) as unknown as TypedDocumentString<EventCursorQuery, EventCursorQueryVariables>;
export const SupervisorDocument = /* @__PURE__ */ new TypedDocumentString(`
    query Supervisor {
  supervisor {
    version
    pid
    engine
    containment
    appsDir
    startedAt
    memoryBytes
  }
}
    `) as unknown as TypedDocumentString<SupervisorQuery, SupervisorQueryVariables>;
export const ViewerDocument = /* @__PURE__ */ new TypedDocumentString(`
    query Viewer {
  viewer {
    name
    role
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const FollowLogsDocument = /* @__PURE__ */ new TypedDocumentString(`
    subscription FollowLogs($apps: [AppRef!], $after: Cursor, $last: Int, $filter: LogFilter) {
  logs(apps: $apps, after: $after, last: $last, filter: $filter) {
    __typename
    ... on LogBatch {
      cursor
      live
      entries {
        ...LineFields
      }
    }
    ... on StreamGap {
      ...GapFields
    }
    ... on StreamHeartbeat {
      cursor
    }
  }
}
    fragment LineFields on LogEntry {
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
fragment GapFields on StreamGap {
  reason
  lostAfter
  cursor: resumeAt
  app {
    id
    name
  }
}`) as unknown as TypedDocumentString<FollowLogsSubscription, FollowLogsSubscriptionVariables>;
export const FollowEventsDocument = /* @__PURE__ */ new TypedDocumentString(`
    subscription FollowEvents($apps: [AppRef!], $after: Cursor) {
  events(apps: $apps, after: $after) {
    __typename
    ... on EventBatch {
      cursor
      live
      events {
        ...EventFields
      }
    }
    ... on StreamGap {
      ...GapFields
    }
    ... on StreamHeartbeat {
      cursor
    }
  }
}
    fragment ExitFields on ProcessExit {
  at
  code
  signal
  reason
}
fragment EventFields on Event {
  __typename
  id
  cursor
  at
  actor
  ... on AppEvent {
    appId
    appName
  }
  ... on AppRenamedEvent {
    previousName
  }
  ... on AppStateChangedEvent {
    from
    to
    run {
      id
    }
  }
  ... on AppUpdatedEvent {
    changes {
      field
      before
      after
    }
  }
  ... on RestartScheduledEvent {
    restart {
      at
      attempt
    }
  }
  ... on RunEndedEvent {
    run {
      id
    }
    exit {
      ...ExitFields
    }
  }
  ... on PortAssignedEvent {
    port
    previousPort
  }
  ... on PortReleasedEvent {
    port
  }
  ... on ActivationFailedEvent {
    release
    previousRelease
    message
  }
  ... on PortConflictEvent {
    port
    holder {
      pid
      command
    }
  }
  ... on SupervisorStartedEvent {
    recoveredRuns
    lostRuns
  }
  ... on SupervisorStoppingEvent {
    detached
  }
  ... on DiskLowEvent {
    freeBytes
  }
}
fragment GapFields on StreamGap {
  reason
  lostAfter
  cursor: resumeAt
  app {
    id
    name
  }
}`) as unknown as TypedDocumentString<FollowEventsSubscription, FollowEventsSubscriptionVariables>;