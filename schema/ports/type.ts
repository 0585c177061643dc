import type { PortRangeView } from '../../src/contracts/supervisor.ts';
import { builder } from '../builder.ts';
import { encodeGlobalId } from '../node.ts';
import { App, PortAssignment, PortHolder } from '../refs.ts';
import { appRemoved } from '../request-errors.ts';

builder.objectType(PortAssignment, {
  description: 'A port that an app holds for life: through restarts, renames and reboots.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: 'Its id; another port of the same app is another assignment.',
      resolve: ({ id }) => encodeGlobalId('PortAssignment', id),
    }),
    port: t.exposeInt('port', { description: 'The TCP port.' }),
    state: t.expose('state', { type: PortState, description: 'Who listens on it now.' }),
    app: t.field({
      type: App,
      description: 'The app that holds it.',
      resolve: (assignment, _args, context) => {
        const app = context.supervisor.appById(assignment.app);
        if (!app) throw appRemoved();
        return app;
      },
    }),
    holder: t.expose('holder', {
      type: PortHolder,
      nullable: true,
      description: 'Who listens now, as far as the system tells. Null where nobody does.',
    }),
    assignedAt: t.expose('assignedAt', { type: 'DateTime', description: 'When the app got it.' }),
  }),
});

builder.objectType(PortHolder, {
  description: 'The process that listens on a port.',
  fields: (t) => ({
    pid: t.exposeInt('pid', {
      nullable: true,
      description: 'Its process id. Null where the system does not tell.',
    }),
    command: t.exposeString('command', {
      nullable: true,
      description: 'Its command line. Null where the system does not tell.',
    }),
  }),
});

export const PortRange = builder.objectRef<PortRangeView>('PortRange').implement({
  description: 'The ports that apps are given from.',
  fields: (t) => ({
    min: t.exposeInt('min', { description: 'The lowest port.' }),
    max: t.exposeInt('max', { description: 'The highest port, itself included.' }),
    assigned: t.exposeInt('assigned', { description: 'How many are held by apps.' }),
    free: t.exposeInt('free', { description: 'How many are left to give.' }),
  }),
});

const PortState = builder.enumType('PortState', {
  description: 'Who listens on an app’s port now.',
  values: {
    RESERVED: { description: 'Nobody: it is held for an app that does not listen now.' },
    BOUND: { description: 'The app’s own run.' },
    CONFLICT: { description: 'Somebody else: see `holder`.' },
  },
});
