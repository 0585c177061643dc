import type { AppId } from '../../src/core/app.ts';
import { AppRef } from '../app-ref.ts';
import { InvalidInputError } from '../errors.ts';
import { appMutation, commandApp, mutation, type ObjectFieldBuilder } from '../mutation.ts';
import { encodeGlobalId } from '../node.ts';
import {
  AppBusyError,
  AppInvalidError,
  AppNotFoundError,
  NameTakenError,
  PortUnavailableError,
  StartFailedError,
  StopFailedError,
} from './errors.ts';

appMutation({
  name: 'startApp',
  role: 'OPERATOR',
  description:
    'Starts an app, and sets its desired state to RUNNING. For an app that is starting or running, this changes nothing and is a success.',
  app: 'The app to start.',
  wait: 'If true, respond when the app is ready or its start has failed. If false, respond as soon as the command is accepted.',
  success: 'The app is starting or running.',
  errors: [AppNotFoundError, AppInvalidError, StartFailedError, PortUnavailableError],
  run: (supervisor, app, options) => supervisor.start(app, options),
});

appMutation({
  name: 'stopApp',
  role: 'OPERATOR',
  description:
    'Stops an app, and sets its desired state to STOPPED: it remains stopped until it is started, even across restarts of the control plane.',
  app: 'The app to stop.',
  wait: 'If true, respond when the last process has ended. If false, respond as soon as the command is accepted.',
  success: 'The app is stopping or stopped.',
  errors: [AppNotFoundError, StopFailedError],
  run: (supervisor, app, options) => supervisor.stop(app, options),
});

appMutation({
  name: 'restartApp',
  role: 'OPERATOR',
  description: 'Stops an app if it is running, and starts it.',
  app: 'The app to restart.',
  wait: 'If true, respond when the app is ready again or its start has failed. If false, respond as soon as the command is accepted.',
  success: 'The restart was accepted or has taken place.',
  errors: [AppNotFoundError, AppInvalidError, StartFailedError, StopFailedError, PortUnavailableError],
  run: (supervisor, app, options) => supervisor.restart(app, options),
});

appMutation({
  name: 'renameApp',
  role: 'ADMIN',
  description:
    'Renames an app and its directory. An app that is running is stopped before and started after. Its id, port, logs and runs are unchanged.',
  app: 'The app to rename.',
  input: (t) => ({
    name: t.string({
      required: true,
      description: 'The new name: at most 63 lowercase letters, digits and hyphens, beginning with a letter.',
    }),
  }),
  success: 'The app was renamed.',
  errors: [AppNotFoundError, AppBusyError, NameTakenError, InvalidInputError, StopFailedError],
  run: (supervisor, app, options, { name }) => supervisor.rename(app, name, options),
});

appMutation({
  name: 'setAppIcon',
  role: 'OPERATOR',
  description: 'Changes the icon in the package.json of an app.',
  app: 'The app to change.',
  input: (t) => ({
    icon: t.string({
      description: 'One symbol, or a text of at most 16 code points. If null or left out, the default icon.',
    }),
  }),
  success: 'The icon was changed.',
  errors: [AppNotFoundError, AppInvalidError, InvalidInputError],
  run: (supervisor, app, options, { icon }) => supervisor.setIcon(app, icon ?? null, options),
});

mutation({
  name: 'removeApp',
  role: 'ADMIN',
  description:
    'Stops an app, releases its port and moves its directory into `.trash` in the apps directory. Its runs and logs are removed, too: a stream that has not delivered them gets a gap.',
  input: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to remove.' }),
  }),
  success: {
    description: 'The app was removed.',
    fields: (t: ObjectFieldBuilder<{ readonly appId: AppId; readonly appName: string }>) => ({
      appId: t.id({
        description: 'The id of the removed app.',
        resolve: ({ appId }) => encodeGlobalId('App', appId),
      }),
      appName: t.exposeString('appName', { description: 'The name of the removed app.' }),
    }),
  },
  errors: [AppNotFoundError, AppBusyError, StopFailedError],
  run: ({ app }, context) =>
    commandApp(context, app, (ref, options) => context.supervisor.remove(ref, options)),
});
