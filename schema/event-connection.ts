import type { AppId } from '../src/core/app.ts';
import type { JournalEvent } from '../src/core/events.ts';
import type { GraphQLContext } from './context.ts';
import { type Connection, DEFAULT_PAGE, journalPageSize, type PageArgs, toConnection } from './relay.ts';

/** What a page of events takes: a look into the database, and each row is read. */
export const EVENT_WORK = { page: 50, item: 5, fallback: DEFAULT_PAGE };

/** A page of the event journal, oldest first. @throws GraphQLError INVALID_PAGE, BAD_CURSOR */
export function eventConnection(
  context: GraphQLContext,
  apps: readonly AppId[] | null,
  args: PageArgs,
): Connection<JournalEvent> {
  const size = journalPageSize(args);
  const after = args.after == null ? null : context.cursors.readEvent(args.after);
  const before = args.before == null ? null : context.cursors.readEvent(args.before);
  const page = context.events.page({
    apps,
    after: after?.position ?? null,
    // Of another journal: everything there is lies before it.
    before: before?.reset ? null : (before?.position ?? null),
    limit: size.limit,
    forward: size.forward,
  });
  return toConnection({ ...page, items: page.events }, size, (event) => context.cursors.event(event.seq));
}
