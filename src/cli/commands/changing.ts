import type { Command } from 'commander';
import type { ClientCommand } from '../client-command.ts';

const GROUP = 'Change something:';

const wait = (what: string) => (command: Command) => void command.option('-w, --wait', what);

const WAITING = `
Without --wait the command ends as soon as the server has taken it. With it, a terminal shows what goes
on (elsewhere each step is a line on standard error), and a failure ends with its reason and the app's
last lines. Ctrl-C ends the waiting alone.`;

/** The commands that do something to apps. */
export const CHANGING: readonly ClientCommand[] = [
  {
    usage: 'start <app...>',
    group: GROUP,
    summary: 'Starts apps. Of one that runs nothing changes.',
    options: wait('Wait until they are ready, or their start has failed.'),
    help: `${WAITING}

Example:
  toehold start --wait hello`,
    load: async () => (await import('./start-stop.ts')).startApps,
  },
  {
    usage: 'stop <app...>',
    group: GROUP,
    summary: 'Stops apps, until somebody starts them.',
    options: wait('Wait until their last process is gone.'),
    help: `${WAITING}

Example:
  toehold stop hello`,
    load: async () => (await import('./start-stop.ts')).stopApps,
  },
  {
    usage: 'restart <app...>',
    group: GROUP,
    summary: 'Stops apps if they run, and starts them.',
    options: wait('Wait until they are ready again, or their start has failed.'),
    help: `${WAITING}

Example:
  toehold restart --wait hello`,
    load: async () => (await import('./start-stop.ts')).restartApps,
  },
  {
    usage: 'rename <app> <name>',
    group: GROUP,
    summary: 'Gives an app, and its directory, another name.',
    help: `
Where it runs it is stopped before and started after. Port, log and runs stay with it. Needs ADMIN.

Example:
  toehold rename hello welcome`,
    load: async () => (await import('./change.ts')).rename,
  },
  {
    usage: 'icon <app> [icon]',
    group: GROUP,
    summary: 'Gives an app another icon.',
    options: (command) => void command.option('--default', 'Back to the icon of an app without one.'),
    help: `
One symbol, or a text of at most 16 characters. It is written into the app's package.json.

Example:
  toehold icon hello 👋`,
    load: async () => (await import('./change.ts')).icon,
  },
  {
    usage: 'grant <app> [role]',
    group: GROUP,
    summary: 'Lets an app have the access that it asks for.',
    options: (command) => {
      command.registeredArguments.at(-1)?.choices(['viewer', 'operator']);
      command.option('--remove', 'Take the grant back.');
    },
    help: `
An app asks for access to the server with toes.api in its package.json. It gets at most what
TOEHOLD_APP_API allows (viewer), or the role that is granted here. That holds at once, and until the app
or its directory is removed or replaced. Needs ADMIN.

Examples:
  toehold grant status operator
  toehold grant status --remove`,
    load: async () => (await import('./change.ts')).grant,
  },
  {
    usage: 'ports [app] [port]',
    group: GROUP,
    summary: 'Lists the ports that apps hold, or gives one to an app.',
    help: `
An app and a port: the app, which must not run, gets that port. Needs ADMIN.

Examples:
  toehold ports
  toehold ports hello 3005`,
    load: async () => (await import('./ports.ts')).ports,
  },
  {
    usage: 'activate <app> <release>',
    group: GROUP,
    summary: 'Makes a release of an app the current one, and restarts the app.',
    options: wait('Wait until it is ready on that release, or back on the one before.'),
    help: `
Where the release does not become ready, the app goes back to the one before. Needs ADMIN.
${WAITING}

Example:
  toehold activate --wait hello 20260301-120000`,
    load: async () => (await import('./releases.ts')).activate,
  },
  {
    usage: 'rm <app>',
    group: GROUP,
    summary: 'Removes an app: stops it and moves its directory to .trash.',
    options: (command) => void command.option('-y, --yes', 'Do not ask.'),
    help: `
Its port is free again, and its runs and log are gone. The directory stays in .trash of the apps'
directory for 30 days: to restore the app, move it back. Asks on a terminal; elsewhere it takes --yes.
Needs ADMIN.

Example:
  toehold rm --yes hello`,
    load: async () => (await import('./change.ts')).remove,
  },
];
