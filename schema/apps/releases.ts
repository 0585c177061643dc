import { builder } from '../builder.ts';
import { InvalidInputError } from '../errors.ts';
import { appMutation } from '../mutation.ts';
import { Release } from '../refs.ts';
import {
  AppBusyError,
  AppInvalidError,
  AppNotFoundError,
  PortUnavailableError,
  StartFailedError,
  StopFailedError,
} from './errors.ts';

builder.objectType(Release, {
  description: 'A version of an app, in its own directory, to which `current` can point.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'The name of its directory: the time of the release, as YYYYMMDD-HHMMSS.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'The time in the name, in UTC.',
    }),
    current: t.exposeBoolean('current', { description: 'Whether `current` points to this release.' }),
  }),
});

appMutation({
  name: 'activateRelease',
  role: 'ADMIN',
  description:
    'Points `current` to a release and restarts the app. If the app does not become ready, it is returned to its previous release.',
  app: 'The app to change.',
  wait: 'If true, respond when the app is ready on the new release, or was returned to the old one. If false, respond as soon as the command is accepted.',
  input: (t) => ({
    release: t.string({ required: true, description: 'The name of the release, as in `App.releases`.' }),
  }),
  success: 'The release is the current one.',
  errors: [
    AppNotFoundError,
    AppInvalidError,
    AppBusyError,
    InvalidInputError,
    StartFailedError,
    StopFailedError,
    PortUnavailableError,
  ],
  run: (supervisor, app, options, { release }) => supervisor.activateRelease(app, release, options),
});
