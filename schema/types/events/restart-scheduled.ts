import { builder } from '../../builder.ts';
import { AppEvent, Event, ScheduledRestart } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('RestartScheduled'), {
  description: 'A run ended without being asked to; the next one is due.',
  interfaces: [AppEvent, Event],
  fields: (t) => ({
    restart: t.field({
      type: ScheduledRestart,
      description: 'Which one, and when.',
      resolve: ({ fact }) => fact.restart,
    }),
  }),
});
