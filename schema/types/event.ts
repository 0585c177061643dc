import { builder } from '../builder.ts';
import { encodeGlobalId } from '../node.ts';
import { Event } from '../refs.ts';

builder.interfaceType(Event, {
  description: 'A fact that was committed to the journal. Cursors grow; none is ever used twice.',
  resolveType: (event) => `${event.fact.type}Event`,
  fields: (t) => ({
    id: t.id({
      description: 'The event’s id: the same for ever.',
      resolve: (event) => encodeGlobalId('Event', event.seq),
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Where it lies in the journal.',
      resolve: (event, _args, context) => context.cursors.event(event.seq),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    actor: t.exposeString('actor', { description: 'Who asked for it: a token’s name, or `supervisor`.' }),
  }),
});
