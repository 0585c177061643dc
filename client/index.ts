// The package `toehold/client`: typed documents, `connect`, and streams that survive lost connections. It knows the server only by its
// schema, runs in browsers too, and imports from no other room and nothing of Node.

export {
  type ConnectOptions,
  connect,
  type ToeholdClient,
} from './connect.ts';
export type { RequestOptions, TypedDocument } from './document.ts';
export * from './documents.ts';
export { type ServerError, ToeholdError } from './error.ts';
export type { Fetch, FetchAnswer, FetchRequest } from './http.ts';
export type {
  EventItem,
  FollowEventsOptions,
  FollowLogsOptions,
  FollowOptions,
  Gap,
  LoggedEvent,
  LogItem,
  LogLine,
  Status,
} from './items.ts';
export type { WebSocketConstructor } from './web-socket.ts';
