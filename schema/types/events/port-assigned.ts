import { builder } from '../../builder.ts';
import { AppEvent, Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('PortAssigned'), {
  description: 'An app got a port.',
  interfaces: [AppEvent, Event],
  fields: (t) => ({
    port: t.int({ description: 'The port.', resolve: ({ fact }) => fact.port }),
    previousPort: t.int({
      nullable: true,
      description: 'The port that it held before. Null for its first.',
      resolve: ({ fact }) => fact.previousPort,
    }),
  }),
});
