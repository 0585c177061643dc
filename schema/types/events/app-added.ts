import { builder } from '../../builder.ts';
import { AppEvent, Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('AppAdded'), {
  description: 'An app was found.',
  interfaces: [AppEvent, Event],
});
