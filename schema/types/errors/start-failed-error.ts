import { builder } from '../../builder.ts';
import { ErrorInterface, errorRef } from '../../errors.ts';
import { withOwners } from '../../logs/queries.ts';
import { LogEntry, ProcessExit } from '../../refs.ts';
import { listWeight } from '../../relay.ts';

const TAIL = 20;

export const StartFailedError = errorRef('StartFailedError');

builder.objectType(StartFailedError, {
  description: 'The app was to start, and its run ended before it was ready.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    exit: t.expose('exit', {
      type: ProcessExit,
      nullable: true,
      description: 'How the run ended. Null where it did not come that far.',
    }),
    tail: t.field({
      type: [LogEntry],
      description: 'The run’s last lines, at most 20, oldest first: most often they tell why.',
      complexity: listWeight(TAIL, 100, 10),
      resolve: async ({ run }, _args, context) => {
        if (run === null) return [];
        const page = await context.logs.page(
          { apps: null, run },
          { after: null, before: null, limit: TAIL, forward: false },
        );
        return withOwners(page.entries, context.supervisor);
      },
    }),
  }),
});
