import { AppRef, toAppIds } from '../app-ref.ts';
import { builder } from '../builder.ts';
import { logQuery } from '../log-connection.ts';
import { checkedSize, DEFAULT_PAGE } from '../relay.ts';
import { logStream } from '../streams/log-stream.ts';
import { LogFilter } from '../types/log-filter.ts';
import { LogStreamPayload } from '../types/streams/log-stream-payload.ts';

builder.subscriptionField('logs', (t) =>
  t.field({
    type: LogStreamPayload,
    authScopes: { role: 'VIEWER' },
    description:
      'Lines as they come. `after` left out: the last `last` lines first, then live. `after` given: everything since, then live; `last` is not used. To go on after a break, subscribe again with the last cursor: nothing is missed, and nothing comes twice.',
    args: {
      apps: t.arg({ type: [AppRef], description: 'Whose lines. Left out: those of all apps.' }),
      after: t.arg({ type: 'Cursor', description: 'A cursor of a line, a batch, a gap or a heartbeat.' }),
      last: t.arg.int({
        defaultValue: DEFAULT_PAGE,
        description: 'How many lines to begin with, over all its apps together: 0 to 1,000.',
      }),
      filter: t.arg({ type: LogFilter, description: 'Which lines are wanted. Left out: all.' }),
    },
    subscribe: (_root, { apps, after, last, filter }, context) =>
      logStream(context, logQuery({ apps: toAppIds(context, apps) }, filter), {
        after,
        last: checkedSize('last', last) ?? DEFAULT_PAGE,
      }),
    resolve: (payload) => payload,
  }),
);
