import {
  EventCursorDocument,
  EventsPageDocument,
  type EventsPageQuery,
  type Gap,
  type LoggedEvent,
  type ToeholdClient,
} from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { following } from '../servers/session.ts';
import { resolveApps } from './app-refs.ts';
import { eventText, gapJson, gapText } from './describe.ts';
import { countOf } from './options.ts';

type JournalEvent = EventsPageQuery['events']['nodes'][number];

const DEFAULT_EVENTS = 100;

/** `toehold events [app…]` */
export async function events({ session, arguments: [names], options }: Call): Promise<void> {
  const { client, out, json } = session;
  const apps = await resolveApps(session, names);
  const count = countOf(options.lines, DEFAULT_EVENTS);
  const print = (event: JournalEvent) => {
    if (json) {
      const { kind: _kind, live: _live, ...whole } = event as LoggedEvent;
      out.printJson(whole, 'one of many');
    } else out.print(eventText(event, out));
  };
  // Read before the page, so that no event between them is missed.
  const { eventCursor } = await client.request(EventCursorDocument);
  let after = eventCursor;
  for await (const page of pages(client, apps, count)) {
    for (const event of page) print(event);
    after = page.at(-1)?.cursor ?? after;
  }
  if (options.follow !== true) return;
  const open = (other: ToeholdClient, cursor: string | null) =>
    other.follow.events({ status: true, ...(apps && { apps }), ...(cursor && { after: cursor }) });
  for await (const item of following<LoggedEvent | Gap>({ session, after, open })) {
    if (item.kind === 'event') print(item);
    else if (json) out.printJson(gapJson(item), 'one of many');
    else out.note(`toehold: ${gapText(item, 'events')}`);
  }
}

type Refs = Awaited<ReturnType<typeof resolveApps>>;

/** Pages of the newest `count` events, oldest first; null: all events. */
async function* pages(
  client: ToeholdClient,
  apps: Refs,
  count: number | null,
): AsyncGenerator<JournalEvent[]> {
  if (count === 0) return;
  const whole = { apps: apps ?? null };
  if (count !== null && count <= 1_000) {
    yield (await client.request(EventsPageDocument, { ...whole, last: count })).events.nodes;
    return;
  }
  let after: string | null = count === null ? null : await cursorBefore(client, apps, count);
  for (;;) {
    const { events }: EventsPageQuery = await client.request(EventsPageDocument, {
      ...whole,
      first: 1_000,
      after,
    });
    yield events.nodes;
    after = events.pageInfo.endCursor ?? null;
    if (!events.pageInfo.hasNextPage || after === null) return;
  }
}

/** The cursor before the newest `count` events; null: the start of the journal. */
async function cursorBefore(client: ToeholdClient, apps: Refs, count: number): Promise<string | null> {
  let before: string | null = null;
  for (let left = count; left > 0; left -= 1_000) {
    const last = Math.min(1_000, left);
    const { events }: EventsPageQuery = await client.request(EventsPageDocument, {
      apps: apps ?? null,
      last,
      before,
    });
    if (!events.pageInfo.hasPreviousPage) return null;
    before = events.pageInfo.startCursor ?? null;
  }
  const one = await client.request(EventsPageDocument, { apps: apps ?? null, last: 1, before });
  return one.events.nodes[0]?.cursor ?? null;
}
