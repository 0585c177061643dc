import { Command, CommanderError } from 'commander';
import { readVersion } from '../config.ts';
import { addClientCommands } from './commands/index.ts';
import { doctorCommand } from './doctor.ts';
import { newCommand } from './new.ts';
import { serveCommand } from './serve.ts';
import { serviceCommand } from './service.ts';
import { toStderr } from './terminal/sink.ts';
import { tokenCommand } from './token.ts';

// The room of the command line. `serve` builds and runs a server; most other commands are clients of its API, through client/; `token`,
// `doctor`, `service`, and `new` work on files. Each command loads what it does when it is called, so that help and completion are fast.
// Text from elsewhere goes to a terminal only through terminal/, which makes it harmless.

/** The exit code for a wrong command line. */
const WRONG_USE = 2;

const program = new Command('toehold')
  .description('A GraphQL control plane for the small web apps on one machine.')
  .version(readVersion())
  .helpCommand(true)
  .showHelpAfterError('(see toehold --help)')
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

// A reader that has enough (`--help | head`) closes the pipe. That is no error; commands that print more handle it themselves.
process.stdout.on('error', () => {});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander exits with 0 after --help and --version. All its other exits mean wrong use.
  process.exitCode = error.exitCode === 0 ? 0 : WRONG_USE;
}
