import { builder } from '../../builder.ts';
import { AppEvent, Event, ProcessExit, Run } from '../../refs.ts';
import { eventRef } from './event-types.ts';

builder.objectType(eventRef('RunEnded'), {
  description: 'A run’s last process is gone.',
  interfaces: [AppEvent, Event],
  fields: (t) => ({
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run. Null once it is no longer kept.',
      resolve: ({ fact }, _args, { supervisor }) => supervisor.run(fact.run),
    }),
    exit: t.field({ type: ProcessExit, description: 'How it ended.', resolve: ({ fact }) => fact.exit }),
  }),
});
