import { builder } from '../../builder.ts';
import { Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('DiskLow'), {
  description: 'The disk is nearly full: the oldest lines of every log are being removed.',
  interfaces: [Event],
  fields: (t) => ({
    freeBytes: t.float({
      description: 'What was free on the disk of the logs at that time, in bytes.',
      resolve: ({ fact }) => fact.freeBytes,
    }),
  }),
});
