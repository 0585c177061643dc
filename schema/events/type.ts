import { builder } from '../builder.ts';
import { encodeGlobalId } from '../node.ts';
import { App, AppEvent, Event } from '../refs.ts';

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

builder.interfaceType(AppEvent, {
  description: 'An event about one app. `app` and `run` are null once they are gone; name and id stay.',
  interfaces: [Event],
  resolveType: (event) => `${event.fact.type}Event`,
  fields: (t) => ({
    app: t.field({
      type: App,
      nullable: true,
      description: 'The app as it is now. Null once it was removed.',
      resolve: (event, _args, context) => (event.app ? context.supervisor.appById(event.app.id) : null),
    }),
    appId: t.id({
      description: 'The app’s id, which stays.',
      resolve: (event) => encodeGlobalId('App', event.app?.id ?? 0),
    }),
    appName: t.string({
      description: 'The name that the app had when it happened.',
      resolve: (event) => event.app?.name ?? '',
    }),
  }),
});

export const EventConnection = builder.connectionObject(
  { type: Event, name: 'EventConnection', description: 'A page of the event journal, oldest first.' },
  { name: 'EventEdge', description: 'An event in a page, with its cursor.' },
);
