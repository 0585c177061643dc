import { builder } from '../builder.ts';
import { Supervisor, Viewer } from '../refs.ts';

builder.queryFields((t) => ({
  supervisor: t.field({
    type: Supervisor,
    description: 'The control plane itself.',
    resolve: (_root, _args, { supervisor }) => supervisor.info,
  }),
  viewer: t.field({
    type: Viewer,
    description: 'Who you are here, and what you may do.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
}));
