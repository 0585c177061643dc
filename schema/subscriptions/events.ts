import { AppRef, toAppIds } from '../app-ref.ts';
import { builder } from '../builder.ts';
import { eventStream } from '../streams/event-stream.ts';
import { EventStreamPayload } from '../types/streams/event-stream-payload.ts';

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventStreamPayload,
    authScopes: { role: 'VIEWER' },
    description:
      'Events as they happen. `after` left out: from now on. `after` given: everything since, then live. To go on after a break, subscribe again with the last cursor: nothing is missed, and nothing comes twice.',
    args: {
      apps: t.arg({ type: [AppRef], description: 'Only events about these apps. Left out: all events.' }),
      after: t.arg({
        type: 'Cursor',
        description: 'A cursor of an event, a batch, a gap or a heartbeat, or `Query.eventCursor`.',
      }),
    },
    subscribe: (_root, { apps, after }, context) => eventStream(context, toAppIds(context, apps), after),
    resolve: (payload) => payload,
  }),
);
