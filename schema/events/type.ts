import { builder } from '../builder.ts';
import { encodeGlobalId } from '../node.ts';
import { App, AppEvent, Event } from '../refs.ts';

builder.interfaceType(Event, {
  description: 'A fact that was committed to the journal. No cursor is ever used twice.',
  resolveType: (event) => `${event.fact.type}Event`,
  fields: (t) => ({
    id: t.id({
      description: 'The id of the event. It never changes.',
      resolve: (event) => encodeGlobalId('Event', event.seq),
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'The position of the event in the journal.',
      resolve: (event, _args, context) => context.cursors.event(event.seq),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    actor: t.exposeString('actor', { description: 'Who caused it: the name of a token, or `supervisor`.' }),
  }),
});

builder.interfaceType(AppEvent, {
  description:
    'An event about one app. `app` and `run` are null once they no longer exist; `appId` and `appName` remain.',
  interfaces: [Event],
  resolveType: (event) => `${event.fact.type}Event`,
  fields: (t) => ({
    app: t.field({
      type: App,
      nullable: true,
      description: 'The app as it is now. Null if it was removed.',
      resolve: (event, _args, context) => (event.app ? context.supervisor.appById(event.app.id) : null),
    }),
    appId: t.id({
      description: 'The id of the app. It remains after the app is removed.',
      resolve: (event) => encodeGlobalId('App', event.app?.id ?? 0),
    }),
    appName: t.string({
      description: 'The name of the app at the time of the event.',
      resolve: (event) => event.app?.name ?? '',
    }),
  }),
});

export const EventConnection = builder.connectionObject(
  { type: Event, name: 'EventConnection', description: 'A page of the event journal, oldest first.' },
  { name: 'EventEdge', description: 'An event in a page, with its cursor.' },
);
