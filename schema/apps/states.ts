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

export const DesiredState = builder.enumType('DesiredState', {
  description: 'What is wanted of an app. It is kept over restarts of the control plane.',
  values: {
    RUNNING: {
      description:
        'It shall run: it is started at boot, and again after an end by itself, as its restart policy says.',
    },
    STOPPED: { description: 'Somebody stopped it: it stays so until somebody starts it.' },
  },
});

export const Health = builder.enumType('Health', {
  description: 'What the last health check of an app found.',
  values: {
    UNKNOWN: {
      description:
        'Not checked yet, not running, the manifest turns the check off, or it names no path and `/` answered neither 2xx nor 5xx (then a warning says what).',
    },
    HEALTHY: { description: 'It answered with a status of 200 to 299.' },
    UNHEALTHY: {
      description: 'The last check failed; at three in a row (or what the manifest says) it is restarted.',
    },
  },
});

export const RestartPolicy = builder.enumType('RestartPolicy', {
  description:
    'After which ends that nobody asked for an app is started again: `toes.restart` of its manifest.',
  values: {
    ON_FAILURE: {
      description: 'After every end but exit 0 of its own accord. The default.',
    },
    ALWAYS: { description: 'After every end: for an app that serves, whose exit 0 is a fault, too.' },
    NEVER: { description: 'After none.' },
  },
});
