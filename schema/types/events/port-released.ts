import { builder } from '../../builder.ts';
import { AppEvent, Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('PortReleased'), {
  description: 'An app gave its port back.',
  interfaces: [AppEvent, Event],
  fields: (t) => ({
    port: t.int({ description: 'The port.', resolve: ({ fact }) => fact.port }),
  }),
});
