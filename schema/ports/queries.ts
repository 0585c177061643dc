import { builder } from '../builder.ts';
import { PortAssignment } from '../refs.ts';
import { listWeight } from '../relay.ts';
import { PortRange } from './type.ts';

builder.queryFields((t) => ({
  ports: t.field({
    type: [PortAssignment],
    authScopes: { role: 'VIEWER' },
    description: 'All ports that apps hold, ordered by port, with their current state.',
    // The system is asked for all of its sockets.
    complexity: (_args, { supervisor }) => listWeight(supervisor.apps().length, 1_000, 5),
    resolve: async (_root, _args, { ports, supervisor }) =>
      // An app that was removed while this looked has no port any more.
      (await ports.all()).filter(({ app }) => supervisor.appById(app) !== null),
  }),
  portRange: t.field({
    type: PortRange,
    authScopes: { role: 'VIEWER' },
    description: 'The range of ports that apps are assigned.',
    // As for `ports`, less what each of them takes.
    complexity: 1_000,
    resolve: (_root, _args, { ports }) => ports.range(),
  }),
}));
