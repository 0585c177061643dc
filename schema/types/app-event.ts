import { builder } from '../builder.ts';
import { encodeGlobalId } from '../node.ts';
import { App, AppEvent, Event } from '../refs.ts';

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
