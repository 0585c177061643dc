/* eslint-disable */
import * as types from './graphql.ts';



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
    "query CliNames { apps(first: 1000) { nodes { id name } } }": typeof types.CliNamesDocument,
    "query CliAppId($by: AppRef!) { app(by: $by) { id } }": typeof types.CliAppIdDocument,
    "\n  fragment AppRow on App {\n    id\n    name\n    icon\n    state\n    desiredState\n    health\n    error\n    url\n    revision\n    port { port }\n    restart { attempt at }\n    run { phase startedAt readyAt }\n    usage { memoryBytes cpuPercent }\n    runs(first: 0) { totalCount }\n  }\n": typeof types.AppRowFragmentDoc,
    "\n  query CliApps($after: Cursor) {\n    apps(first: 200, after: $after) { nodes { ...AppRow } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.CliAppsDocument,
    "\n  query CliAudit($last: Int, $first: Int, $before: Cursor, $after: Cursor) {\n    auditLog(last: $last, first: $first, before: $before, after: $after) {\n      nodes { cursor at actor tokenId role action input outcome endedAt }\n      pageInfo { startCursor endCursor hasPreviousPage hasNextPage }\n    }\n  }\n": typeof types.CliAuditDocument,
    "\n  fragment CliLine on LogEntry {\n    cursor\n    at\n    stream\n    text\n    truncated\n    app { id name }\n    run { id }\n  }\n": typeof types.CliLineFragmentDoc,
    "\n  query CliProgress($by: AppRef!) {\n    app(by: $by) { state run { phase port pid } restart { attempt } }\n  }\n": typeof types.CliProgressDocument,
    "\n  mutation CliLoginLink($input: CreateLoginLinkInput!) {\n    createLoginLink(input: $input) {\n      __typename\n      ... on CreateLoginLinkSuccess { url expiresAt }\n      ... on Error { code message }\n    }\n  }\n": typeof types.CliLoginLinkDocument,
    "query CliAppUrl($by: AppRef!) { app(by: $by) { name state url } }": typeof types.CliAppUrlDocument,
    "\n  query CliStatus($by: AppRef!) {\n    app(by: $by) {\n      ...AppRow\n      tool\n      warnings\n      restartPolicy\n      access { requested granted allowed effective }\n      createdAt\n      port { port state holder { pid command } }\n      release { name }\n      releases { name }\n      run { id pid phase cause actor recoveries startedAt readyAt release { name } }\n      usage { memoryBytes cpuPercent processes }\n      lastRuns: runs(first: 10) { nodes { id cause startedAt exit { at code signal reason } } }\n      logs(last: 10) { nodes { ...CliLine } }\n    }\n  }\n": typeof types.CliStatusDocument,
};
const documents: Documents = {
    "query CliNames { apps(first: 1000) { nodes { id name } } }": types.CliNamesDocument,
    "query CliAppId($by: AppRef!) { app(by: $by) { id } }": types.CliAppIdDocument,
    "\n  fragment AppRow on App {\n    id\n    name\n    icon\n    state\n    desiredState\n    health\n    error\n    url\n    revision\n    port { port }\n    restart { attempt at }\n    run { phase startedAt readyAt }\n    usage { memoryBytes cpuPercent }\n    runs(first: 0) { totalCount }\n  }\n": types.AppRowFragmentDoc,
    "\n  query CliApps($after: Cursor) {\n    apps(first: 200, after: $after) { nodes { ...AppRow } pageInfo { hasNextPage endCursor } }\n  }\n": types.CliAppsDocument,
    "\n  query CliAudit($last: Int, $first: Int, $before: Cursor, $after: Cursor) {\n    auditLog(last: $last, first: $first, before: $before, after: $after) {\n      nodes { cursor at actor tokenId role action input outcome endedAt }\n      pageInfo { startCursor endCursor hasPreviousPage hasNextPage }\n    }\n  }\n": types.CliAuditDocument,
    "\n  fragment CliLine on LogEntry {\n    cursor\n    at\n    stream\n    text\n    truncated\n    app { id name }\n    run { id }\n  }\n": types.CliLineFragmentDoc,
    "\n  query CliProgress($by: AppRef!) {\n    app(by: $by) { state run { phase port pid } restart { attempt } }\n  }\n": types.CliProgressDocument,
    "\n  mutation CliLoginLink($input: CreateLoginLinkInput!) {\n    createLoginLink(input: $input) {\n      __typename\n      ... on CreateLoginLinkSuccess { url expiresAt }\n      ... on Error { code message }\n    }\n  }\n": types.CliLoginLinkDocument,
    "query CliAppUrl($by: AppRef!) { app(by: $by) { name state url } }": types.CliAppUrlDocument,
    "\n  query CliStatus($by: AppRef!) {\n    app(by: $by) {\n      ...AppRow\n      tool\n      warnings\n      restartPolicy\n      access { requested granted allowed effective }\n      createdAt\n      port { port state holder { pid command } }\n      release { name }\n      releases { name }\n      run { id pid phase cause actor recoveries startedAt readyAt release { name } }\n      usage { memoryBytes cpuPercent processes }\n      lastRuns: runs(first: 10) { nodes { id cause startedAt exit { at code signal reason } } }\n      logs(last: 10) { nodes { ...CliLine } }\n    }\n  }\n": types.CliStatusDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query CliNames { apps(first: 1000) { nodes { id name } } }"): typeof import('./graphql.ts').CliNamesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query CliAppId($by: AppRef!) { app(by: $by) { id } }"): typeof import('./graphql.ts').CliAppIdDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment AppRow on App {\n    id\n    name\n    icon\n    state\n    desiredState\n    health\n    error\n    url\n    revision\n    port { port }\n    restart { attempt at }\n    run { phase startedAt readyAt }\n    usage { memoryBytes cpuPercent }\n    runs(first: 0) { totalCount }\n  }\n"): typeof import('./graphql.ts').AppRowFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CliApps($after: Cursor) {\n    apps(first: 200, after: $after) { nodes { ...AppRow } pageInfo { hasNextPage endCursor } }\n  }\n"): typeof import('./graphql.ts').CliAppsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CliAudit($last: Int, $first: Int, $before: Cursor, $after: Cursor) {\n    auditLog(last: $last, first: $first, before: $before, after: $after) {\n      nodes { cursor at actor tokenId role action input outcome endedAt }\n      pageInfo { startCursor endCursor hasPreviousPage hasNextPage }\n    }\n  }\n"): typeof import('./graphql.ts').CliAuditDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment CliLine on LogEntry {\n    cursor\n    at\n    stream\n    text\n    truncated\n    app { id name }\n    run { id }\n  }\n"): typeof import('./graphql.ts').CliLineFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CliProgress($by: AppRef!) {\n    app(by: $by) { state run { phase port pid } restart { attempt } }\n  }\n"): typeof import('./graphql.ts').CliProgressDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CliLoginLink($input: CreateLoginLinkInput!) {\n    createLoginLink(input: $input) {\n      __typename\n      ... on CreateLoginLinkSuccess { url expiresAt }\n      ... on Error { code message }\n    }\n  }\n"): typeof import('./graphql.ts').CliLoginLinkDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query CliAppUrl($by: AppRef!) { app(by: $by) { name state url } }"): typeof import('./graphql.ts').CliAppUrlDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CliStatus($by: AppRef!) {\n    app(by: $by) {\n      ...AppRow\n      tool\n      warnings\n      restartPolicy\n      access { requested granted allowed effective }\n      createdAt\n      port { port state holder { pid command } }\n      release { name }\n      releases { name }\n      run { id pid phase cause actor recoveries startedAt readyAt release { name } }\n      usage { memoryBytes cpuPercent processes }\n      lastRuns: runs(first: 10) { nodes { id cause startedAt exit { at code signal reason } } }\n      logs(last: 10) { nodes { ...CliLine } }\n    }\n  }\n"): typeof import('./graphql.ts').CliStatusDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
