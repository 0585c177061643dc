import { builder } from '../builder.ts';

export const AppState = builder.enumType('AppState', {
  description: 'Where an app is in its life, as it is; what is wanted of it is `DesiredState`.',
  values: {
    INVALID: {
      description: 'It cannot be started, because its manifest or its name is not valid: see `App.error`.',
    },
    STOPPED: { description: 'No process of it is left, and none is due.' },
    STARTING: {
      description: 'Its dependencies are being installed, or it was spawned and is not yet ready.',
    },
    RUNNING: { description: 'A process of the app’s own run listens on its port.' },
    STOPPING: { description: 'It was asked to end; processes of it are left.' },
    BACKOFF: { description: 'It ended without being asked to; a restart is scheduled: see `App.restart`.' },
  },
});
