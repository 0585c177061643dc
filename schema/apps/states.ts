import { builder } from '../builder.ts';

export const AppState = builder.enumType('AppState', {
  description: 'The actual state of an app. `DesiredState` says whether it should run.',
  values: {
    INVALID: {
      description: 'The app cannot start because its manifest or its name is not valid: see `App.error`.',
    },
    STOPPED: { description: 'No process of the app is alive, and no start is scheduled.' },
    STARTING: {
      description: 'The dependencies are being installed, or the app was spawned and is not ready yet.',
    },
    RUNNING: { description: 'A process of the current run listens on the port of the app.' },
    STOPPING: { description: 'The app was asked to end. Some of its processes are still alive.' },
    BACKOFF: {
      description: 'The app ended without being asked to. A restart is scheduled: see `App.restart`.',
    },
  },
});

export const DesiredState = builder.enumType('DesiredState', {
  description: 'Whether an app should run. It is kept across restarts of the control plane.',
  values: {
    RUNNING: {
      description:
        'The app should run. It is started at boot, and restarted after it ends by itself, according to its restart policy.',
    },
    STOPPED: { description: 'The app was stopped by a client. It remains stopped until a client starts it.' },
  },
});

export const Health = builder.enumType('Health', {
  description: 'The result of the last health check of an app.',
  values: {
    UNKNOWN: {
      description:
        'The app is not running or not checked yet, or the manifest turns the check off. Or the manifest names no path, and `/` returned neither 2xx nor 5xx: then a warning says what it returned.',
    },
    HEALTHY: { description: 'The app responded with a status of 200 to 299.' },
    UNHEALTHY: {
      description:
        'The last check failed. After three failures in a row, or the number in the manifest, the app is restarted.',
    },
  },
});

export const RestartPolicy = builder.enumType('RestartPolicy', {
  description: 'After which unrequested ends of a run an app is restarted: `toes.restart` in its manifest.',
  values: {
    ON_FAILURE: {
      description: 'After every end, except when the script exits by itself with status 0. The default.',
    },
    ALWAYS: {
      description:
        'After every end. For an app with a server, for which an exit with status 0 is a failure, too.',
    },
    NEVER: { description: 'Never.' },
  },
});
