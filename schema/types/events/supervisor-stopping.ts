import { builder } from '../../builder.ts';
import { Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('SupervisorStopping'), {
  description: 'The control plane was asked to end.',
  interfaces: [Event],
  fields: (t) => ({
    detached: t.boolean({
      description: 'True where the apps go on without it.',
      resolve: ({ fact }) => fact.detached,
    }),
  }),
});
