export {
  type ConnectOptions,
  connect,
  type ToeholdClient,
} from './connect.ts';
export type { RequestOptions, TypedDocument } from './document.ts';
export * from './documents.ts';
export { type ServerError, ToeholdError } from './error.ts';
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
