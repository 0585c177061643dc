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
  description: 'A version of an app, in a directory of its own that `current` may point to.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'The directory’s name: the time of the release, YYYYMMDD-HHMMSS.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'The time that the name tells, taken as UTC.',
    }),
    current: t.exposeBoolean('current', { description: 'Whether `current` points to it.' }),
  }),
});

appMutation({
  name: 'activateRelease',
  role: 'ADMIN',
  description:
    'Points `current` at a release and restarts the app. Where the new one does not become ready, it goes back to the release before.',
  app: 'The app to change.',
  wait: 'Answer when the app is ready on the new release, or back on the old one; else as soon as it is accepted.',
  input: (t) => ({
    release: t.string({ required: true, description: 'The release’s name, as `App.releases` tells it.' }),
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
