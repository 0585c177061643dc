import { appConnection } from '../app-connection.ts';
import { AppRef, toAppRef } from '../app-ref.ts';
import { builder } from '../builder.ts';
import { App } from '../refs.ts';
import { MAX_PAGE, pageWeight } from '../relay.ts';
import { AppConnection } from '../types/app-connection.ts';
import { AppFilter } from '../types/app-filter.ts';

builder.queryFields((t) => ({
  apps: t.field({
    type: AppConnection,
    authScopes: { role: 'VIEWER' },
    description: 'The apps, by name. Without `first` and `last`: all, up to 1,000.',
    args: {
      ...t.arg.connectionArgs(),
      filter: t.arg({ type: AppFilter, description: 'Which apps are wanted. Left out: all.' }),
    },
    complexity: (args, { supervisor }) => {
      // All are looked at, however small the page is.
      const most = supervisor.apps().length;
      return pageWeight(args, { page: most, item: 0, fallback: MAX_PAGE, most });
    },
    resolve: (_root, args, context) => appConnection(context, args),
  }),
  app: t.field({
    type: App,
    nullable: true,
    authScopes: { role: 'VIEWER' },
    description: 'One app. Null where none of that id or name is listed.',
    args: { by: t.arg({ type: AppRef, required: true, description: 'Which one.' }) },
    resolve: (_root, { by }, context) => {
      const ref = toAppRef(by);
      return ref && context.supervisor.app(ref);
    },
  }),
}));
