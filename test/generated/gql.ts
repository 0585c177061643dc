/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Ids($name: String!) {\n    app(by: { name: $name }) {\n      id\n      run { id }\n      port { id port }\n    }\n  }\n": typeof types.IdsDocument,
    "\n  query Nodes($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      id\n      __typename\n      ... on App { name }\n      ... on Run { phase app { name } }\n      ... on PortAssignment { port state holder { pid } app { name } }\n    }\n  }\n": typeof types.NodesDocument,
    "\n  query Node($id: ID!) {\n    node(id: $id) { __typename id }\n  }\n": typeof types.NodeDocument,
    "\n  query Apps($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: AppFilter) {\n    apps(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      totalCount\n      nodes { name }\n      edges { cursor node { name } }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n": typeof types.AppsDocument,
    "\n  query Runs($first: Int, $after: Cursor, $last: Int, $before: Cursor) {\n    app(by: { name: \"alpha\" }) {\n      runs(first: $first, after: $after, last: $last, before: $before) {\n        totalCount\n        nodes { id cause }\n        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      }\n    }\n  }\n": typeof types.RunsDocument,
    "\n  query Logs($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: LogFilter) {\n    logs(apps: $apps, first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      nodes { text cursor stream app { name } run { id } }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n": typeof types.LogsDocument,
    "\n  query Events($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor) {\n    events(apps: $apps, first: $first, after: $after, last: $last, before: $before) {\n      nodes { __typename cursor }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n": typeof types.EventsDocument,
    "\n  subscription LogsStream($apps: [AppRef!], $after: Cursor, $last: Int, $filter: LogFilter) {\n    logs(apps: $apps, after: $after, last: $last, filter: $filter) {\n      __typename\n      ... on LogBatch {\n        cursor\n        live\n        lines\n        entries { cursor text stream app { name } run { id } }\n      }\n      ... on StreamGap { lostAfter resumeAt reason app { name } }\n      ... on StreamHeartbeat { cursor }\n    }\n  }\n": typeof types.LogsStreamDocument,
    "\n  subscription EventsStream($apps: [AppRef!], $after: Cursor) {\n    events(apps: $apps, after: $after) {\n      __typename\n      ... on EventBatch {\n        cursor\n        live\n        events {\n          __typename\n          id\n          cursor\n          actor\n          ... on AppEvent { appId appName app { name state } }\n          ... on AppStateChangedEvent { from to run { id phase } }\n        }\n      }\n      ... on StreamGap { lostAfter resumeAt reason app { name } }\n      ... on StreamHeartbeat { cursor }\n    }\n  }\n": typeof types.EventsStreamDocument,
    "\n  query Positions {\n    eventCursor\n    logs(last: 1) { pageInfo { endCursor } }\n  }\n": typeof types.PositionsDocument,
};
const documents: Documents = {
    "\n  query Ids($name: String!) {\n    app(by: { name: $name }) {\n      id\n      run { id }\n      port { id port }\n    }\n  }\n": types.IdsDocument,
    "\n  query Nodes($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      id\n      __typename\n      ... on App { name }\n      ... on Run { phase app { name } }\n      ... on PortAssignment { port state holder { pid } app { name } }\n    }\n  }\n": types.NodesDocument,
    "\n  query Node($id: ID!) {\n    node(id: $id) { __typename id }\n  }\n": types.NodeDocument,
    "\n  query Apps($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: AppFilter) {\n    apps(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      totalCount\n      nodes { name }\n      edges { cursor node { name } }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n": types.AppsDocument,
    "\n  query Runs($first: Int, $after: Cursor, $last: Int, $before: Cursor) {\n    app(by: { name: \"alpha\" }) {\n      runs(first: $first, after: $after, last: $last, before: $before) {\n        totalCount\n        nodes { id cause }\n        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      }\n    }\n  }\n": types.RunsDocument,
    "\n  query Logs($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: LogFilter) {\n    logs(apps: $apps, first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      nodes { text cursor stream app { name } run { id } }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n": types.LogsDocument,
    "\n  query Events($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor) {\n    events(apps: $apps, first: $first, after: $after, last: $last, before: $before) {\n      nodes { __typename cursor }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n": types.EventsDocument,
    "\n  subscription LogsStream($apps: [AppRef!], $after: Cursor, $last: Int, $filter: LogFilter) {\n    logs(apps: $apps, after: $after, last: $last, filter: $filter) {\n      __typename\n      ... on LogBatch {\n        cursor\n        live\n        lines\n        entries { cursor text stream app { name } run { id } }\n      }\n      ... on StreamGap { lostAfter resumeAt reason app { name } }\n      ... on StreamHeartbeat { cursor }\n    }\n  }\n": types.LogsStreamDocument,
    "\n  subscription EventsStream($apps: [AppRef!], $after: Cursor) {\n    events(apps: $apps, after: $after) {\n      __typename\n      ... on EventBatch {\n        cursor\n        live\n        events {\n          __typename\n          id\n          cursor\n          actor\n          ... on AppEvent { appId appName app { name state } }\n          ... on AppStateChangedEvent { from to run { id phase } }\n        }\n      }\n      ... on StreamGap { lostAfter resumeAt reason app { name } }\n      ... on StreamHeartbeat { cursor }\n    }\n  }\n": types.EventsStreamDocument,
    "\n  query Positions {\n    eventCursor\n    logs(last: 1) { pageInfo { endCursor } }\n  }\n": types.PositionsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Ids($name: String!) {\n    app(by: { name: $name }) {\n      id\n      run { id }\n      port { id port }\n    }\n  }\n"): (typeof documents)["\n  query Ids($name: String!) {\n    app(by: { name: $name }) {\n      id\n      run { id }\n      port { id port }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Nodes($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      id\n      __typename\n      ... on App { name }\n      ... on Run { phase app { name } }\n      ... on PortAssignment { port state holder { pid } app { name } }\n    }\n  }\n"): (typeof documents)["\n  query Nodes($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      id\n      __typename\n      ... on App { name }\n      ... on Run { phase app { name } }\n      ... on PortAssignment { port state holder { pid } app { name } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Node($id: ID!) {\n    node(id: $id) { __typename id }\n  }\n"): (typeof documents)["\n  query Node($id: ID!) {\n    node(id: $id) { __typename id }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Apps($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: AppFilter) {\n    apps(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      totalCount\n      nodes { name }\n      edges { cursor node { name } }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n"): (typeof documents)["\n  query Apps($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: AppFilter) {\n    apps(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      totalCount\n      nodes { name }\n      edges { cursor node { name } }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Runs($first: Int, $after: Cursor, $last: Int, $before: Cursor) {\n    app(by: { name: \"alpha\" }) {\n      runs(first: $first, after: $after, last: $last, before: $before) {\n        totalCount\n        nodes { id cause }\n        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Runs($first: Int, $after: Cursor, $last: Int, $before: Cursor) {\n    app(by: { name: \"alpha\" }) {\n      runs(first: $first, after: $after, last: $last, before: $before) {\n        totalCount\n        nodes { id cause }\n        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Logs($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: LogFilter) {\n    logs(apps: $apps, first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      nodes { text cursor stream app { name } run { id } }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n"): (typeof documents)["\n  query Logs($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: LogFilter) {\n    logs(apps: $apps, first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n      nodes { text cursor stream app { name } run { id } }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Events($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor) {\n    events(apps: $apps, first: $first, after: $after, last: $last, before: $before) {\n      nodes { __typename cursor }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n"): (typeof documents)["\n  query Events($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor) {\n    events(apps: $apps, first: $first, after: $after, last: $last, before: $before) {\n      nodes { __typename cursor }\n      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription LogsStream($apps: [AppRef!], $after: Cursor, $last: Int, $filter: LogFilter) {\n    logs(apps: $apps, after: $after, last: $last, filter: $filter) {\n      __typename\n      ... on LogBatch {\n        cursor\n        live\n        lines\n        entries { cursor text stream app { name } run { id } }\n      }\n      ... on StreamGap { lostAfter resumeAt reason app { name } }\n      ... on StreamHeartbeat { cursor }\n    }\n  }\n"): (typeof documents)["\n  subscription LogsStream($apps: [AppRef!], $after: Cursor, $last: Int, $filter: LogFilter) {\n    logs(apps: $apps, after: $after, last: $last, filter: $filter) {\n      __typename\n      ... on LogBatch {\n        cursor\n        live\n        lines\n        entries { cursor text stream app { name } run { id } }\n      }\n      ... on StreamGap { lostAfter resumeAt reason app { name } }\n      ... on StreamHeartbeat { cursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription EventsStream($apps: [AppRef!], $after: Cursor) {\n    events(apps: $apps, after: $after) {\n      __typename\n      ... on EventBatch {\n        cursor\n        live\n        events {\n          __typename\n          id\n          cursor\n          actor\n          ... on AppEvent { appId appName app { name state } }\n          ... on AppStateChangedEvent { from to run { id phase } }\n        }\n      }\n      ... on StreamGap { lostAfter resumeAt reason app { name } }\n      ... on StreamHeartbeat { cursor }\n    }\n  }\n"): (typeof documents)["\n  subscription EventsStream($apps: [AppRef!], $after: Cursor) {\n    events(apps: $apps, after: $after) {\n      __typename\n      ... on EventBatch {\n        cursor\n        live\n        events {\n          __typename\n          id\n          cursor\n          actor\n          ... on AppEvent { appId appName app { name state } }\n          ... on AppStateChangedEvent { from to run { id phase } }\n        }\n      }\n      ... on StreamGap { lostAfter resumeAt reason app { name } }\n      ... on StreamHeartbeat { cursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Positions {\n    eventCursor\n    logs(last: 1) { pageInfo { endCursor } }\n  }\n"): (typeof documents)["\n  query Positions {\n    eventCursor\n    logs(last: 1) { pageInfo { endCursor } }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;