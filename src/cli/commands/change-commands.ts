import { type Command, Option } from 'commander';
import type { ClientCommand } from '../client-command.ts';

const GROUP = 'Change apps:';

/** The options of a command that changes several apps. */
const several = (waiting: string) => (command: Command) => {
  for (const argument of command.registeredArguments) argument.description = 'The names of apps.';
  command.option('-a, --all', 'Every app.').option('-w, --wait', waiting);
};

const releaseOptions = (command: Command) =>
  void command
    .option('--no-wait', 'Do not wait until the app is ready on that release, or back on the one before.')
    // Waiting was an option once.
    .addOption(new Option('-w, --wait', 'The default.').hideHelp());

const GOING_BACK = `
The command waits, and shows each step. If the release does not become ready, the app goes back to the one
before, and the command prints the reason and exits with 1. With --no-wait the command ends when the restart
has begun; toehold events shows if the app went back. Needs ADMIN.`;

const WAITING = `
Without --wait the command ends as soon as the server has accepted it. With --wait it shows each step (in a
terminal as a spinner, elsewhere as lines on standard error), and prints the reason and the app's last
lines if it fails. Ctrl-C ends only the waiting. Several apps are changed at the same time, with --wait
one after the other.`;

/** The declarations of the commands that change apps. */
export const CHANGE_COMMANDS: readonly ClientCommand[] = [
  {
    usage: 'start [app...]',
    group: GROUP,
    summary: 'Starts apps. Has no effect on an app that runs.',
    options: several('Wait until they are ready, or their start has failed.'),
    help: `${WAITING}

Examples:
  toehold start --wait hello
  toehold start --all`,
    load: async () => (await import('./change.ts')).startApps,
  },
  {
    usage: 'stop [app...]',
    group: GROUP,
    summary: 'Stops apps until they are started by hand.',
    options: several('Wait until their last process is gone.'),
    help: `${WAITING}

Example:
  toehold stop hello`,
    load: async () => (await import('./change.ts')).stopApps,
  },
  {
    usage: 'restart [app...]',
    group: GROUP,
    summary: 'Stops apps if they run, and starts them.',
    options: several('Wait until they are ready again, or their start has failed.'),
    help: `${WAITING}

Example:
  toehold restart --wait hello`,
    load: async () => (await import('./change.ts')).restartApps,
  },
  {
    usage: 'rename <app> <name>',
    group: GROUP,
    summary: 'Gives an app, and its directory, another name.',
    help: `
If the app runs, it is stopped first and started afterwards. Its port, log, and runs stay. Needs ADMIN.

Example:
  toehold rename hello welcome`,
    load: async () => (await import('./change.ts')).rename,
  },
  {
    usage: 'icon <app> [icon]',
    group: GROUP,
    summary: 'Gives an app another icon.',
    options: (command) => void command.option('--default', 'Restore the default icon.'),
    help: `
One symbol, or a text of at most 16 characters. It is written to the app's package.json.

Example:
  toehold icon hello 👋`,
    load: async () => (await import('./change.ts')).icon,
  },
  {
    usage: 'grant <app> [role]',
    group: GROUP,
    summary: 'Gives an app the access that it asks for.',
    options: (command) => {
      command.registeredArguments.at(-1)?.choices(['viewer', 'operator']);
      command.option('--remove', 'Take the grant back.');
    },
    help: `
An app asks for access with toes.api in its package.json. It gets at most what TOEHOLD_APP_API allows
(viewer by default), or the role that you grant. A grant takes effect at once. It ends when the app or its
directory is removed or replaced. Needs ADMIN.

Examples:
  toehold grant status operator
  toehold grant status --remove`,
    load: async () => (await import('./change.ts')).grant,
  },
  {
    usage: 'ports [app] [port]',
    group: GROUP,
    summary: 'Lists the ports of apps, or assigns a port to an app.',
    help: `
With an app and a port, the app gets that port. The app must not run. Needs ADMIN.

Examples:
  toehold ports
  toehold ports hello 3005`,
    load: async () => (await import('./ports.ts')).ports,
  },
  {
    usage: 'activate <app> <release>',
    group: GROUP,
    summary: 'Makes a release of an app the current one, and restarts the app.',
    options: (command) => releaseOptions(command),
    help: `${GOING_BACK}

Example:
  toehold activate hello 20260301-120000`,
    load: async () => (await import('./releases.ts')).activate,
  },
  {
    usage: 'rollback <app>',
    group: GROUP,
    summary: 'Makes the release before the current one the current one, and restarts the app.',
    options: (command) => releaseOptions(command),
    help: `
That is the next older release of toehold releases. A second rollback goes one further back.
${GOING_BACK}

Example:
  toehold rollback hello`,
    load: async () => (await import('./releases.ts')).rollback,
  },
  {
    usage: 'rm <app>',
    group: GROUP,
    summary: 'Removes an app: stops it and moves its directory to .trash.',
    options: (command) => void command.option('-y, --yes', 'Do not ask.'),
    help: `
This frees the port and deletes the runs and the log. The directory stays in .trash of the apps' directory
for 30 days: to restore the app, move it back. In a terminal the command asks first; elsewhere it needs
--yes. Needs ADMIN.

Example:
  toehold rm --yes hello`,
    load: async () => (await import('./change.ts')).remove,
  },
];
