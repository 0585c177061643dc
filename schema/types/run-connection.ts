import { builder } from '../builder.ts';
import { Run } from '../refs.ts';

export const RunConnection = builder.connectionObject(
  {
    type: Run,
    name: 'RunConnection',
    description: 'A page of an app’s runs, newest first.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many runs of the app are kept, whatever the page.',
        resolve: ({ totalCount }) => totalCount?.() ?? 0,
      }),
    }),
  },
  { name: 'RunEdge', description: 'A run in a page, with its cursor.' },
);
