export {
  type ConnectOptions,
  connect,
  type ToeholdClient,
  type WebSocketConstructor,
} from './connect.ts';
export type { RequestOptions, TypedDocument } from './document.ts';
export { type ServerError, ToeholdError } from './error.ts';
export * from './generated/graphql.ts';
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
