import type { AppId } from '../../src/core/app.ts';
import type { JournalEvent } from '../../src/core/events.ts';
import { AppRef, toAppIds } from '../app-ref.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { Event } from '../refs.ts';
import { listWeight } from '../relay.ts';
import { followJournal, type JournalRead, resolvedOnce } from '../streams/loop.ts';
import { type GapReason, StreamGap, StreamHeartbeat } from '../streams/type.ts';

interface EventBatch {
  readonly type: 'EventBatch';
  readonly cursor: string;
  readonly live: boolean;
  readonly events: readonly JournalEvent[];
}

type EventPayload = EventBatch | StreamGap | StreamHeartbeat;

/** The most events of one batch. Bounds how long one read blocks other requests. */
const BATCH = 500;

/**
 * Events after a cursor, and then live. Without a cursor, events from now on.
 * @throws GraphQLError BAD_CURSOR
 */
function eventStream(
  context: GraphQLContext,
  apps: readonly AppId[] | null,
  given: string | null | undefined,
): AsyncIterable<EventPayload> {
  const { events, cursors, handover } = context;
  const after = handover?.from ?? given;
  const from = after == null ? { position: events.last(), reset: false } : cursors.readEvent(after);
  const start = from.reset ? Math.max(from.position, beforeOldest()) : from.position;
  const backlogEnd = events.last();

  function beforeOldest(): number {
    const first = events.first();
    return first === 0 ? events.last() : first - 1;
  }

  function gap(lostAfter: string, resumeAt: number, reason: GapReason): EventPayload {
    return { type: 'StreamGap', lostAfter, resumeAt: cursors.event(resumeAt), reason, app: null };
  }

  function read(position: number): JournalRead<number, EventPayload> {
    const oldest = beforeOldest();
    if (position < oldest) {
      return {
        payloads: [gap(cursors.event(position), oldest, 'RETENTION')],
        position: oldest,
        atEnd: false,
      };
    }
    const last = events.last();
    const page = events.page({ apps, after: position, before: null, limit: BATCH, forward: true });
    const reached = page.hasNext ? (page.events.at(-1)?.seq ?? position) : Math.max(position, last);
    const batch: EventPayload = {
      type: 'EventBatch',
      cursor: cursors.event(reached),
      live: handover?.from != null || reached >= backlogEnd,
      events: page.events,
    };
    return { payloads: page.events.length > 0 ? [batch] : [], position: reached, atEnd: !page.hasNext };
  }

  return followJournal(context, 'events', {
    apps,
    start,
    prelude: after != null && from.reset ? [gap(after, start, 'JOURNAL_RESET')] : [],
    read,
    heartbeat: (position) => ({ type: 'StreamHeartbeat', cursor: cursors.event(position) }),
    cursor: (position) => cursors.event(position),
    onMore: (listener) => events.onMore(listener),
  });
}

const EventBatch = builder.objectRef<EventBatch>('EventBatch').implement({
  description: 'Events, in order.',
  fields: (t) => ({
    cursor: t.expose('cursor', {
      type: 'Cursor',
      description: 'The position after this batch. To continue from there, pass it as `after`.',
    }),
    live: t.exposeBoolean('live', {
      description: 'False while the backlog is being delivered; true from then on.',
    }),
    events: t.field({
      type: [Event],
      description: 'The events.',
      // A batch can have more, but no event has all the types that an operation selects.
      complexity: listWeight(100),
      resolve: ({ events }) => [...events],
    }),
  }),
});

const EventStreamPayload = builder.unionType('EventStreamPayload', {
  description: 'A payload of a stream of events.',
  types: [EventBatch, StreamGap, StreamHeartbeat],
  resolveType: (payload) => payload.type,
});

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventStreamPayload,
    authScopes: { role: 'VIEWER' },
    description:
      'Events as they happen. Without `after`, the stream begins now. With `after`, it begins with everything after that cursor and then continues live. To continue after a lost connection, subscribe again with the last cursor: no event is missed, and none comes twice.',
    args: {
      apps: t.arg({ type: [AppRef], description: 'Only events about these apps. If left out, all events.' }),
      after: t.arg({
        type: 'Cursor',
        description: 'The cursor of an event, a batch, a gap or a heartbeat, or `Query.eventCursor`.',
      }),
    },
    subscribe: (_root, { apps, after }, context) => {
      const query = resolvedOnce(context, () => ({ apps: toAppIds(context, apps) }));
      return eventStream(context, query.apps, after);
    },
    resolve: (payload) => payload,
  }),
);
