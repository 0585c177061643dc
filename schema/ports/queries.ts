import { builder } from '../builder.ts';
import { PortAssignment } from '../refs.ts';
import { listWeight } from '../relay.ts';
import { PortRange } from './type.ts';

builder.queryFields((t) => ({
  ports: t.field({
    type: [PortAssignment],
    authScopes: { role: 'VIEWER' },
    description: 'All ports that apps hold, ordered by port, with their current state.',
    // `state` and `holder` list all sockets of the system.
    complexity: (_args, { supervisor }) => listWeight(supervisor.apps().length, 1_000, 5),
    resolve: (_root, _args, { supervisor }) => [...supervisor.ports()],
  }),
  portRange: t.field({
    type: PortRange,
    authScopes: { role: 'VIEWER' },
    description: 'The range of ports that apps are assigned.',
    // As for `ports`, without the cost of each: `free` lists all sockets.
    complexity: 1_000,
    resolve: (_root, _args, { supervisor }) => supervisor.portRange(),
  }),
}));
