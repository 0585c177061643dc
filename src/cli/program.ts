import { Command, CommanderError } from 'commander';
import { readVersion } from '../config.ts';
import { addClientCommands } from './commands/index.ts';
import { doctorCommand } from './doctor.ts';
import { newCommand } from './new.ts';
import { serveCommand } from './serve.ts';
import { serviceCommand } from './service.ts';
import { toStderr } from './terminal/sink.ts';
import { tokenCommand } from './token.ts';

/** What a person typed is not how the command is used. */
const WRONG_USE = 2;

const program = new Command('toehold')
  .description('A GraphQL control plane for the small web apps on one machine.')
  .version(readVersion())
  .helpCommand(true)
  .showHelpAfterError('(toehold --help tells what there is)')
  .exitOverride()
  .configureOutput({ writeErr: toStderr })
  .commandsGroup('Set up and run:')
  .addCommand(serveCommand())
  .addCommand(newCommand())
  .addCommand(doctorCommand())
  .addCommand(serviceCommand())
  .addCommand(tokenCommand());

addClientCommands(program);

function inherit(parent: Command): void {
  for (const command of parent.commands) inherit(command.copyInheritedSettings(parent));
}
inherit(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version that were asked for have code 0; everything else of commander's is wrong use.
  process.exitCode = error.exitCode === 0 ? 0 : WRONG_USE;
}
