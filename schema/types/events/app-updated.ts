import { builder } from '../../builder.ts';
import { AppEvent, Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('AppUpdated'), {
  description:
    'Something about an app changed that has no event of its own: icon, tool, error, warnings, health, release, desired state, restart policy or access.',
  interfaces: [AppEvent, Event],
  fields: (t) => ({
    fields: t.stringList({
      description: 'The names of the fields of `App` that changed.',
      resolve: ({ fact }) => [...fact.fields],
    }),
  }),
});
