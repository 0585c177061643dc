/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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

/** Why part of a stream can no longer be delivered. */
export type GapReason =
  /** The cursor belongs to a journal that no longer exists: the database was replaced, or a power failure lost its last rows. */
  | 'JOURNAL_RESET'
  /** Retention removed it. */
  | 'RETENTION'
  /** The app truncated its own output. */
  | 'TRUNCATED_BY_APP';

export type FollowSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type FollowSubscription = { events:
    | { cursor: string, events: Array<
        | { __typename: 'ActivationFailedEvent', appName: string, at: string }
        | { __typename: 'AppAddedEvent', appName: string, at: string }
        | { __typename: 'AppRemovedEvent', appName: string, at: string }
        | { __typename: 'AppRenamedEvent', appName: string, at: string }
        | { __typename: 'AppStateChangedEvent', appName: string, from: AppState, to: AppState, at: string }
        | { __typename: 'AppUpdatedEvent', appName: string, at: string }
        | { __typename: 'DiskLowEvent', at: string }
        | { __typename: 'DiskRecoveredEvent', at: string }
        | { __typename: 'PortAssignedEvent', appName: string, at: string }
        | { __typename: 'PortConflictEvent', appName: string, at: string }
        | { __typename: 'PortReleasedEvent', appName: string, at: string }
        | { __typename: 'RestartScheduledEvent', appName: string, at: string }
        | { __typename: 'RunEndedEvent', appName: string, at: string }
        | { __typename: 'SupervisorStartedEvent', at: string }
        | { __typename: 'SupervisorStoppingEvent', at: string }
      > }
    | { reason: GapReason, cursor: string }
    | { cursor: string }
   };


export const FollowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Follow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Cursor"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EventBatch"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"events"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AppEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"appName"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AppStateChangedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"StreamGap"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"cursor"},"name":{"kind":"Name","value":"resumeAt"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"StreamHeartbeat"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}}]}}]}}]}}]} as unknown as DocumentNode<FollowSubscription, FollowSubscriptionVariables>;