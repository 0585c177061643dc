import { builder } from '../builder.ts';
import { App } from '../refs.ts';

export const AppConnection = builder.connectionObject(
  {
    type: App,
    name: 'AppConnection',
    description: 'A page of a list of apps.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many apps the whole list has, whatever the page.',
        resolve: ({ totalCount }) => totalCount?.() ?? 0,
      }),
    }),
  },
  { name: 'AppEdge', description: 'An app in a page, with its cursor.' },
);
