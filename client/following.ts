import type { Following } from './follow.ts';
import type {
  FollowEventsSubscription,
  FollowLogsSubscription,
  FollowLogsSubscriptionVariables,
} from './generated/graphql.ts';
import { FollowEventsDocument, FollowLogsDocument } from './generated/graphql.ts';
import type { EventItem, FollowEventsOptions, FollowLogsOptions, LogItem, Status } from './items.ts';

type LogPayload = FollowLogsSubscription['logs'];
type EventPayload = FollowEventsSubscription['events'];

/** The subscription for log lines, and the items of its payloads. */
export function followingLogs(options: FollowLogsOptions): Following<LogPayload, Exclude<LogItem, Status>> {
  const { apps, last, filter, after, status = false } = options;
  const variables: FollowLogsSubscriptionVariables = { apps: apps && [...apps], last, filter };
  return {
    query: String(FollowLogsDocument),
    variables,
    after,
    status,
    payloadOf: (data) => (data as FollowLogsSubscription).logs,
    itemsOf(payload) {
      if (payload.__typename === 'StreamGap') return [{ kind: 'gap', ...payload }];
      if (payload.__typename === 'StreamHeartbeat') return [];
      return payload.entries.map((entry) => ({ kind: 'line', ...entry, live: payload.live }));
    },
  };
}

/** The subscription for events, and the items of its payloads. */
export function followingEvents(
  options: FollowEventsOptions,
): Following<EventPayload, Exclude<EventItem, Status>> {
  const { apps, after, status = false } = options;
  return {
    query: String(FollowEventsDocument),
    variables: { apps: apps && [...apps] },
    after,
    status,
    payloadOf: (data) => (data as FollowEventsSubscription).events,
    itemsOf(payload) {
      if (payload.__typename === 'StreamGap') return [{ kind: 'gap', ...payload }];
      if (payload.__typename === 'StreamHeartbeat') return [];
      return payload.events.map((event) => ({ kind: 'event', ...event, live: payload.live }));
    },
  };
}
