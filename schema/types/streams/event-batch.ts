import { builder } from '../../builder.ts';
import { Event } from '../../refs.ts';
import { listWeight } from '../../relay.ts';
import type { EventBatch as Payload } from '../../streams/payloads.ts';

export const EventBatch = builder.objectRef<Payload>('EventBatch').implement({
  description: 'Events, in order.',
  fields: (t) => ({
    cursor: t.expose('cursor', { type: 'Cursor', description: 'Where to go on from after this batch.' }),
    live: t.exposeBoolean('live', { description: 'Turns true once the backlog is delivered, and stays so.' }),
    events: t.field({
      type: [Event],
      description: 'The events.',
      // A batch may have more, but none is of all the types that a client asks about.
      complexity: listWeight(100),
      resolve: ({ events }) => [...events],
    }),
  }),
});
