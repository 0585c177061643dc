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
    'Starts an app. Of an app that is starting or running nothing changes, and it is a success; in any other state this decides what is wanted from now on.',
  app: 'The app to start.',
  wait: 'Answer when the app is ready or its start has failed; else as soon as it is accepted.',
  success: 'The app was told to start, or runs.',
  errors: [AppNotFoundError, AppInvalidError, StartFailedError, PortUnavailableError],
  run: (supervisor, app, options) => supervisor.start(app, options),
});

appMutation({
  name: 'stopApp',
  role: 'OPERATOR',
  description:
    'Stops an app, for good: it stays stopped until somebody starts it, also over a restart of the control plane.',
  app: 'The app to stop.',
  wait: 'Answer when the last process is gone; else as soon as it is accepted.',
  success: 'The app was told to stop, or is stopped.',
  errors: [AppNotFoundError, StopFailedError],
  run: (supervisor, app, options) => supervisor.stop(app, options),
});

appMutation({
  name: 'restartApp',
  role: 'OPERATOR',
  description: 'Stops an app if it runs, and starts it.',
  app: 'The app to restart.',
  wait: 'Answer when the app is ready again or its start has failed; else as soon as it is accepted.',
  success: 'The app was told to restart.',
  errors: [AppNotFoundError, AppInvalidError, StartFailedError, StopFailedError, PortUnavailableError],
  run: (supervisor, app, options) => supervisor.restart(app, options),
});

appMutation({
  name: 'renameApp',
  role: 'ADMIN',
  description:
    'Gives an app, and its directory, another name. Where it runs it is stopped before and started after. Id, port, logs and runs stay with it.',
  app: 'The app to rename.',
  input: (t) => ({
    name: t.string({
      required: true,
      description:
        'The new name: lower-case letters, digits and hyphens, a letter first, at most 63 characters.',
    }),
  }),
  success: 'The app has its new name.',
  errors: [AppNotFoundError, AppBusyError, NameTakenError, InvalidInputError, StopFailedError],
  run: (supervisor, app, options, { name }) => supervisor.rename(app, name, options),
});

appMutation({
  name: 'setAppIcon',
  role: 'OPERATOR',
  description: 'Writes another icon into the app’s package.json.',
  app: 'The app to change.',
  input: (t) => ({
    icon: t.string({
      description: 'One symbol, or a text of at most 16 code points. Null or left out: back to the default.',
    }),
  }),
  success: 'The app has its new icon.',
  errors: [AppNotFoundError, AppInvalidError, InvalidInputError],
  run: (supervisor, app, options, { icon }) => supervisor.setIcon(app, icon ?? null, options),
});

mutation({
  name: 'removeApp',
  role: 'ADMIN',
  description:
    'Stops an app, frees its port and moves its directory into `.trash` in the apps directory. Its runs and logs go with it; a log reader behind them gets a gap.',
  input: (t) => ({
    app: t.field({ type: AppRef, required: true, description: 'The app to remove.' }),
  }),
  success: {
    description: 'The app is gone.',
    fields: (t: ObjectFieldBuilder<{ readonly appId: AppId; readonly appName: string }>) => ({
      appId: t.id({
        description: 'The id that it had.',
        resolve: ({ appId }) => encodeGlobalId('App', appId),
      }),
      appName: t.exposeString('appName', { description: 'The name that it had.' }),
    }),
  },
  errors: [AppNotFoundError, AppBusyError, StopFailedError],
  run: ({ app }, context) =>
    commandApp(context, app, (ref, options) => context.supervisor.remove(ref, options)),
});
