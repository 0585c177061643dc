import { builder } from '../../builder.ts';
import { AppEvent, Event, Run } from '../../refs.ts';
import { AppState } from '../app-state.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('AppStateChanged'), {
  description: 'An app went from one state to another.',
  interfaces: [AppEvent, Event],
  fields: (t) => ({
    from: t.field({ type: AppState, description: 'The state before.', resolve: ({ fact }) => fact.from }),
    to: t.field({ type: AppState, description: 'The state since.', resolve: ({ fact }) => fact.to }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that it is about. Null where there is none, and once it is no longer kept.',
      resolve: ({ fact }, _args, { supervisor }) => (fact.run === null ? null : supervisor.run(fact.run)),
    }),
  }),
});
