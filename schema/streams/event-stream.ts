import type { AppId } from '../../src/core/app.ts';
import type { GraphQLContext } from '../context.ts';
import { followJournal, type Step } from './loop.ts';
import type { EventPayload, GapReason } from './payloads.ts';

/** The most events of one batch: rows of one read, so that nobody waits for long. */
const BATCH = 500;

/**
 * Events behind a cursor, then live; from now on, where the cursor is null.
 * @throws GraphQLError BAD_CURSOR
 */
export function eventStream(
  context: GraphQLContext,
  apps: readonly AppId[] | null,
  after: string | null | undefined,
): AsyncIterable<EventPayload> {
  const { events, cursors } = context;
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

  function read(position: number): Step<number, EventPayload> {
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
      live: reached >= backlogEnd,
      events: page.events,
    };
    return { payloads: page.events.length > 0 ? [batch] : [], position: reached, atEnd: !page.hasNext };
  }

  return followJournal({
    start,
    prelude: after != null && from.reset ? [gap(after, start, 'JOURNAL_RESET')] : [],
    read,
    heartbeat: (position) => ({ type: 'StreamHeartbeat', cursor: cursors.event(position) }),
    onMore: (listener) => events.onMore(listener),
    clock: context.clock,
    scheduler: context.scheduler,
    ends: context.ends,
    opened: () => context.streamOpened('events'),
  });
}
