import { AppRef, toAppIds } from '../app-ref.ts';
import { builder } from '../builder.ts';
import { EVENT_WORK, eventConnection } from '../event-connection.ts';
import { pageWeight } from '../relay.ts';
import { EventConnection } from '../types/event-connection.ts';

builder.queryFields((t) => ({
  events: t.field({
    type: EventConnection,
    authScopes: { role: 'VIEWER' },
    description:
      'The event journal, oldest first. Without `first` and `last`: the newest 100, or with `after` alone the next 100. A cursor whose place is gone with an older journal counts as left out.',
    args: {
      apps: t.arg({ type: [AppRef], description: 'Only events about these apps. Left out: all events.' }),
      ...t.arg.connectionArgs(),
    },
    complexity: (args) => pageWeight(args, EVENT_WORK),
    resolve: (_root, args, context) => eventConnection(context, toAppIds(context, args.apps), args),
  }),
  eventCursor: t.field({
    type: 'Cursor',
    authScopes: { role: 'VIEWER' },
    description:
      'The end of the event journal now. Read it before a list, and subscribe to `events` after it: nothing is missed.',
    resolve: (_root, _args, { cursors, events }) => cursors.event(events.last()),
  }),
}));
