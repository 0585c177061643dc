import { builder } from '../builder.ts';
import { encodeGlobalId } from '../node.ts';
import { App, PortAssignment, PortHolder } from '../refs.ts';
import { appRemoved } from '../request-errors.ts';
import { PortState } from './port-state.ts';

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
