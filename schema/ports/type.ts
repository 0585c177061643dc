import type { PortRangeView } from '../../src/contracts/supervisor.ts';
import { builder } from '../builder.ts';
import { encodeGlobalId } from '../node.ts';
import { App, PortAssignment, PortHolder } from '../refs.ts';
import { appRemoved } from '../request-errors.ts';

builder.objectType(PortAssignment, {
  description: 'A port that belongs to an app permanently: through restarts, renames and reboots.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: 'The id of the assignment. Another port of the same app has another id.',
      resolve: ({ id }) => encodeGlobalId('PortAssignment', id),
    }),
    port: t.exposeInt('port', { description: 'The TCP port.' }),
    state: t.field({
      type: PortState,
      description: 'Who listens on the port now.',
      resolve: async (assignment, _args, { ports }) => (await ports.use(assignment)).state,
    }),
    app: t.field({
      type: App,
      description: 'The app that holds the port.',
      resolve: (assignment, _args, context) => {
        const app = context.supervisor.appById(assignment.app);
        if (!app) throw appRemoved();
        return app;
      },
    }),
    holder: t.field({
      type: PortHolder,
      nullable: true,
      description:
        'The process that listens on the port now. Null if there is none, or if the system does not tell.',
      resolve: async (assignment, _args, { ports }) => (await ports.use(assignment)).holder,
    }),
    assignedAt: t.expose('assignedAt', {
      type: 'DateTime',
      description: 'When the app was assigned the port.',
    }),
  }),
});

builder.objectType(PortHolder, {
  description: 'The process that listens on a port.',
  fields: (t) => ({
    pid: t.exposeInt('pid', {
      nullable: true,
      description: 'The process id. Null if the system does not tell.',
    }),
    command: t.exposeString('command', {
      nullable: true,
      description: 'The command line. Null if the system does not tell.',
    }),
  }),
});

export const PortRange = builder.objectRef<PortRangeView>('PortRange').implement({
  description: 'The range of ports that apps are assigned.',
  fields: (t) => ({
    min: t.exposeInt('min', { description: 'The lowest port.' }),
    max: t.exposeInt('max', { description: 'The highest port, inclusive.' }),
    assigned: t.exposeInt('assigned', { description: 'How many ports are assigned to apps.' }),
    free: t.int({
      description: 'How many ports can still be assigned.',
      resolve: (_range, _args, { supervisor }) => supervisor.freePorts(),
    }),
  }),
});

const PortState = builder.enumType('PortState', {
  description: 'Who listens on the port of an app now.',
  values: {
    RESERVED: { description: 'No process. The port is reserved for its app, which does not listen now.' },
    BOUND: { description: 'The run of the app.' },
    CONFLICT: { description: 'Another process: see `holder`.' },
  },
});
