import { builder } from '../builder.ts';
import { ErrorInterface, errorRef } from '../errors.ts';
import { withOwners } from '../logs/queries.ts';
import { LogEntry, PortHolder, ProcessExit } from '../refs.ts';
import { listWeight } from '../relay.ts';
import { AppState } from './states.ts';

const TAIL = 20;

export const StartFailedError = errorRef('StartFailedError');

builder.objectType(StartFailedError, {
  description: 'The app was started, and its run ended before the app was ready.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    exit: t.expose('exit', {
      type: ProcessExit,
      nullable: true,
      description: 'How the run ended. Null if there was no run.',
    }),
    tail: t.field({
      type: [LogEntry],
      description: 'The last lines of the run, at most 20, oldest first. They usually show the cause.',
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
  description: 'No listed app has this id or name.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    id: t.id({
      nullable: true,
      description: 'The id that was asked for. Null if a name was.',
      resolve: ({ asked }) => asked?.id ?? null,
    }),
    name: t.string({
      nullable: true,
      description: 'The name that was asked for. Null if an id was.',
      resolve: ({ asked }) => asked?.name ?? null,
    }),
  }),
});

export const AppInvalidError = errorRef('AppInvalidError');

builder.objectType(AppInvalidError, {
  description: 'The app cannot start because its manifest or its name is not valid.',
  interfaces: [ErrorInterface],
});

export const AppBusyError = errorRef('AppBusyError');

builder.objectType(AppBusyError, {
  description: 'A rename, removal or activation of the same app is in progress.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    state: t.expose('state', { type: AppState, description: 'The state of the app.' }),
  }),
});

export const NameTakenError = errorRef('NameTakenError');

builder.objectType(NameTakenError, {
  description: 'Another app or directory already has this name.',
  interfaces: [ErrorInterface],
});

export const StopFailedError = errorRef('StopFailedError');

builder.objectType(StopFailedError, {
  description: 'Some processes of the app could not be ended.',
  interfaces: [ErrorInterface],
});

export const PortUnavailableError = errorRef('PortUnavailableError');

builder.objectType(PortUnavailableError, {
  description: 'Another process or app holds the port, or no port of the range is free.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    holder: t.expose('holder', {
      type: PortHolder,
      nullable: true,
      description:
        'The process that listens on the port. Null if there is none, or if the system does not tell.',
    }),
  }),
});
