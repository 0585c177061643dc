import type { AppId } from '../../src/core/app.ts';
import type { JournalEvent } from '../../src/core/events.ts';
import { AppRef, toAppIds } from '../app-ref.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import {
  type Connection,
  DEFAULT_PAGE,
  journalPageSize,
  type PageArgs,
  pageWeight,
  toConnection,
} from '../relay.ts';
import { EventConnection } from './type.ts';

/** The cost of a page of events: one query of the database, and each row. */
const EVENT_WORK = { page: 50, item: 5, fallback: DEFAULT_PAGE };

/** A page of the event journal, oldest first. @throws GraphQLError INVALID_PAGE, BAD_CURSOR */
function eventConnection(
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
    // Of another journal: all events are before it.
    before: before?.reset ? null : (before?.position ?? null),
    limit: size.limit,
    forward: size.forward,
  });
  return toConnection({ ...page, items: page.events }, size, (event) => context.cursors.event(event.seq));
}

builder.queryFields((t) => ({
  events: t.field({
    type: EventConnection,
    authScopes: { role: 'VIEWER' },
    description:
      'The event journal, oldest first. Without `first` and `last`, returns the newest 100 events, or with only `after` the next 100. A cursor of a journal that no longer exists is ignored.',
    args: {
      apps: t.arg({ type: [AppRef], description: 'Only events about these apps. If left out, all events.' }),
      ...t.arg.connectionArgs(),
    },
    complexity: (args) => pageWeight(args, EVENT_WORK),
    resolve: (_root, args, context) => eventConnection(context, toAppIds(context, args.apps), args),
  }),
  eventCursor: t.field({
    type: 'Cursor',
    authScopes: { role: 'VIEWER' },
    description:
      'The current end of the event journal. Read it before you read a list, then subscribe to `events` after it: you miss nothing.',
    resolve: (_root, _args, { cursors, events }) => cursors.event(events.last()),
  }),
}));
