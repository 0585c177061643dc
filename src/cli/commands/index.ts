import type { Command } from 'commander';
import { type ClientCommand, clientCommand } from '../client-command.ts';
import { CHANGE_COMMANDS } from './change-commands.ts';
import { completeCommand, completionCommand, OPEN_COMMAND, shutdownCommand } from './server-commands.ts';
import { SHOW_COMMANDS } from './show-commands.ts';

const HELP = `
A command finds its server with --url, --data-dir, or .toehold/ in this directory, in this order. Without
these it uses your only running server. It ignores a .toehold that others could have written, and sends a
token only over https or to a socket of this account or root (see SECURITY.md).

Exit codes: 0 done, 1 the server refused, 2 wrong use, 3 no server.

Examples:
  toehold serve --data-dir /srv/toehold
  toehold ls --watch
  toehold logs -f hello`;

/** The names of the commands that only show something. */
export const SHOWING: readonly string[] = SHOW_COMMANDS.map(nameOf);

/** Makes each command, in the order of the help. */
const COMMANDS: ReadonlyMap<string, () => Command> = new Map([
  ...[...SHOW_COMMANDS, ...CHANGE_COMMANDS, OPEN_COMMAND].map(
    (command) => [nameOf(command), () => clientCommand(command)] as const,
  ),
  ['shutdown', shutdownCommand],
  ['completion', completionCommand],
]);

function nameOf({ usage }: ClientCommand): string {
  return usage.replace(/ .*/, '');
}

export function isClientCommand(name: string): boolean {
  return COMMANDS.has(name);
}

/** Adds the client command of this name, or every one if none has this name. */
export function addClientCommands(program: Command, name = ''): void {
  program.addHelpText('after', HELP);
  const one = COMMANDS.get(name);
  if (one) {
    program.addCommand(one());
    return;
  }
  for (const make of COMMANDS.values()) program.addCommand(make());
  program.addCommand(completeCommand(program), { hidden: true });
}
