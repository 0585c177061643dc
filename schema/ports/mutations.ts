import { AppBusyError, AppNotFoundError, PortUnavailableError } from '../apps/errors.ts';
import { InvalidInputError } from '../errors.ts';
import { appMutation } from '../mutation.ts';

appMutation({
  name: 'assignPort',
  role: 'ADMIN',
  description: 'Gives an app that is not running another port of the range.',
  app: 'The app to change.',
  input: (t) => ({ port: t.int({ required: true, description: 'The port, one of `portRange`.' }) }),
  success: 'The app has its new port.',
  errors: [AppNotFoundError, AppBusyError, PortUnavailableError, InvalidInputError],
  run: (supervisor, app, options, { port }) => supervisor.assignPort(app, port, options),
});
