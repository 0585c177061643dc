import { builder } from '../builder.ts';
import { ScheduledRestart } from '../refs.ts';

builder.objectType(ScheduledRestart, {
  description: 'A restart that is due after a run ended without being asked to.',
  fields: (t) => ({
    attempt: t.exposeInt('attempt', { description: 'Which restart in a row it is: 1 for the first.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it is due.' }),
  }),
});
