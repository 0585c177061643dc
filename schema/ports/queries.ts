import { builder } from '../builder.ts';
import { PortAssignment } from '../refs.ts';
import { listWeight } from '../relay.ts';
import { PortRange } from './type.ts';

builder.queryFields((t) => ({
  ports: t.field({
    type: [PortAssignment],
    authScopes: { role: 'VIEWER' },
    description: 'All ports that apps hold, ordered by port, with their current state.',
    // Lists all sockets of the system.
    complexity: (_args, { supervisor }) => listWeight(supervisor.apps().length, 1_000, 5),
    resolve: async (_root, _args, { ports, supervisor }) =>
      // Leaves out apps that were removed meanwhile.
      (await ports.all()).filter(({ app }) => supervisor.appById(app) !== null),
  }),
  portRange: t.field({
    type: PortRange,
    authScopes: { role: 'VIEWER' },
    description: 'The range of ports that apps are assigned.',
    // As for `ports`, without the cost of each.
    complexity: 1_000,
    resolve: (_root, _args, { ports }) => ports.range(),
  }),
}));
