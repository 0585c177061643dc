import { builder } from '../builder.ts';
import { listWeight } from '../relay.ts';
import { Token, Viewer } from './type.ts';

builder.queryFields((t) => ({
  tokens: t.field({
    type: [Token],
    authScopes: { role: 'ADMIN' },
    description: 'All valid tokens, including sessions and those of runs, oldest first.',
    complexity: listWeight(100, 50, 5),
    resolve: (_root, _args, { access }) => [...access.tokens()],
  }),
  viewer: t.field({
    type: Viewer,
    authScopes: { role: 'VIEWER' },
    description: 'Who you are, and what you may do.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
}));
