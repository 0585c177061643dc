import { builder } from '../../builder.ts';
import { AppEvent, Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('AppRenamed'), {
  description: 'An app has another name; its id, port, runs and logs are the same.',
  interfaces: [AppEvent, Event],
  fields: (t) => ({
    previousName: t.string({ description: 'The name before.', resolve: ({ fact }) => fact.previousName }),
  }),
});
