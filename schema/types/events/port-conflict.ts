import { builder } from '../../builder.ts';
import { AppEvent, Event, PortHolder } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('PortConflict'), {
  description: 'Somebody else listens on an app’s port.',
  interfaces: [AppEvent, Event],
  fields: (t) => ({
    port: t.int({ description: 'The port.', resolve: ({ fact }) => fact.port }),
    holder: t.field({
      type: PortHolder,
      nullable: true,
      description: 'Who listens on it, as far as the system tells.',
      resolve: ({ fact }) => fact.holder,
    }),
  }),
});
