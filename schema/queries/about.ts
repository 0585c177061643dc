import { builder } from '../builder.ts';
import { Supervisor, Viewer } from '../refs.ts';

builder.queryFields((t) => ({
  supervisor: t.field({
    type: Supervisor,
    authScopes: { role: 'VIEWER' },
    description: 'The control plane itself.',
    resolve: (_root, _args, { supervisor }) => supervisor.info,
  }),
  viewer: t.field({
    type: Viewer,
    authScopes: { role: 'VIEWER' },
    description: 'Who you are here, and what you may do.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
}));
