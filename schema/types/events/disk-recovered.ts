import { builder } from '../../builder.ts';
import { Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('DiskRecovered'), {
  description: 'The disk, which was nearly full, has room again.',
  interfaces: [Event],
});
