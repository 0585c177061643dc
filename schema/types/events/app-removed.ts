import { builder } from '../../builder.ts';
import { AppEvent, Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('AppRemoved'), {
  description: 'An app is no longer listed: it was removed, or its directory is gone.',
  interfaces: [AppEvent, Event],
});
