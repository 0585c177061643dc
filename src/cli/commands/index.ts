import type { Command } from 'commander';
import { clientCommand } from '../client-command.ts';
import { completeCommand, completionCommand, OPEN, shutdownCommand } from './about-server.ts';
import { CHANGING } from './changing.ts';
import { READING } from './reading.ts';

const HELP = `
What asks a server finds it by --url; else by --data-dir; else by .toehold/ in this directory; else it
takes the only one that you have running. A .toehold that others could have written is not believed, and
a token goes only to https or to a socket of this account or root (SECURITY.md).

Exit codes: 0 done, 1 the server said no, 2 wrong use, 3 no server.
Examples:
  toehold serve --data-dir /srv/toehold
  toehold ls --watch
  toehold logs -f hello`;

/** Adds every command that is a client of a server, with what belongs to them. */
export function addClientCommands(program: Command): void {
  program.addHelpText('after', HELP);
  for (const command of [...READING, ...CHANGING, OPEN]) program.addCommand(clientCommand(command));
  program.addCommand(shutdownCommand());
  program.addCommand(completionCommand());
  program.addCommand(completeCommand(program), { hidden: true });
}
