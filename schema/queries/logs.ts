import { AppRef, toAppIds } from '../app-ref.ts';
import { builder } from '../builder.ts';
import { LOG_PAGE, logConnection, logWeight } from '../log-connection.ts';
import { LogEntryConnection } from '../types/log-entry-connection.ts';
import { LogFilter } from '../types/log-filter.ts';

builder.queryField('logs', (t) =>
  t.field({
    type: LogEntryConnection,
    authScopes: { role: 'VIEWER' },
    description: `Lines of one app, of several or of all, oldest first. ${LOG_PAGE}`,
    args: {
      apps: t.arg({ type: [AppRef], description: 'Whose lines. Left out: those of all apps.' }),
      ...t.arg.connectionArgs(),
      filter: t.arg({ type: LogFilter, description: 'Which lines are wanted. Left out: all.' }),
    },
    complexity: logWeight,
    resolve: (_root, args, context, info) =>
      logConnection(context, { apps: toAppIds(context, args.apps) }, args, info),
  }),
);
