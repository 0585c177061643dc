import { AppBusyError, AppNotFoundError, PortUnavailableError } from '../apps/errors.ts';
import { InvalidInputError } from '../errors.ts';
import { appMutation } from '../mutation.ts';

appMutation({
  name: 'assignPort',
  role: 'ADMIN',
  description: 'Assigns another port of the range to an app that is not running.',
  app: 'The app to change.',
  input: (t) => ({ port: t.int({ required: true, description: 'The port, within `portRange`.' }) }),
  success: 'The port was assigned.',
  errors: [AppNotFoundError, AppBusyError, PortUnavailableError, InvalidInputError],
  run: (supervisor, app, options, { port }) => supervisor.assignPort(app, port, options),
});
