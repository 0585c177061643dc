import { builder } from '../builder.ts';
import { ErrorInterface, errorRef } from '../errors.ts';
import { withOwners } from '../logs/queries.ts';
import { LogEntry, PortHolder, ProcessExit } from '../refs.ts';
import { listWeight } from '../relay.ts';
import { AppState } from './states.ts';

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

export const AppNotFoundError = errorRef('AppNotFoundError');

builder.objectType(AppNotFoundError, {
  description: 'No listed app has that id or name.',
  interfaces: [ErrorInterface],
});

export const AppInvalidError = errorRef('AppInvalidError');

builder.objectType(AppInvalidError, {
  description: 'The app cannot be started as it is: its manifest or its name is not valid.',
  interfaces: [ErrorInterface],
});

export const AppBusyError = errorRef('AppBusyError');

builder.objectType(AppBusyError, {
  description: 'A rename, removal or activation of the same app is under way.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    state: t.expose('state', { type: AppState, description: 'Where the app is in its life.' }),
  }),
});

export const NameTakenError = errorRef('NameTakenError');

builder.objectType(NameTakenError, {
  description: 'Another app, or another directory, has that name.',
  interfaces: [ErrorInterface],
});

export const StopFailedError = errorRef('StopFailedError');

builder.objectType(StopFailedError, {
  description: 'Processes of the app could not be ended.',
  interfaces: [ErrorInterface],
});

export const PortUnavailableError = errorRef('PortUnavailableError');

builder.objectType(PortUnavailableError, {
  description: 'The port is held by somebody else, or no port of the range is free.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    holder: t.expose('holder', {
      type: PortHolder,
      nullable: true,
      description: 'Who holds it, as far as the system tells. Null where nobody does.',
    }),
  }),
});
