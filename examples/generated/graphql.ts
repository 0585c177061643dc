/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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

/** Why something cannot be delivered any more. */
export type GapReason =
  /** The cursor is of a journal that is gone: the database is another one, or a power cut ate its last rows. */
  | 'JOURNAL_RESET'
  /** It was older than what is kept. */
  | 'RETENTION'
  /** The app itself truncated its output. */
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