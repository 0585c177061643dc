import { builder } from '../../builder.ts';
import { Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('SupervisorStarted'), {
  description: 'The control plane started, and took over the runs that were going on.',
  interfaces: [Event],
  fields: (t) => ({
    recoveredRuns: t.int({
      description: 'How many runs were found alive and go on.',
      resolve: ({ fact }) => fact.recoveredRuns,
    }),
    lostRuns: t.int({
      description: 'How many runs had ended meanwhile and left no status.',
      resolve: ({ fact }) => fact.lostRuns,
    }),
  }),
});
