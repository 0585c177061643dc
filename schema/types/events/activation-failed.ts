import { builder } from '../../builder.ts';
import { AppEvent, Event } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('ActivationFailed'), {
  description: 'A release that was activated did not become ready: the app went back to the one before.',
  interfaces: [AppEvent, Event],
  fields: (t) => ({
    release: t.string({
      description: 'The name of the release that did not become ready.',
      resolve: ({ fact }) => fact.release,
    }),
    previousRelease: t.string({
      description: 'The name of the release that the app has again.',
      resolve: ({ fact }) => fact.previousRelease,
    }),
    message: t.string({
      description: 'Why the new one did not become ready, for people.',
      resolve: ({ fact }) => fact.message,
    }),
  }),
});
