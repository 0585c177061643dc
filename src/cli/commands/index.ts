import type { Command } from 'commander';
import { clientCommand } from '../client-command.ts';
import { completeCommand, completionCommand, OPEN, shutdownCommand } from './about-server.ts';
import { CHANGING } from './changing.ts';
import { READING } from './reading.ts';

/** Adds every command that is a client of a server, with what belongs to them. */
export function addClientCommands(program: Command): void {
  for (const command of [...READING, ...CHANGING, OPEN]) program.addCommand(clientCommand(command));
  program.addCommand(shutdownCommand());
  program.addCommand(completionCommand());
  program.addCommand(completeCommand(program), { hidden: true });
}
