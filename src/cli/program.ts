import { Command, CommanderError } from 'commander';
import { readVersion } from '../config.ts';
import { addClientCommands, isClientCommand, SHOWING } from './commands/index.ts';
import { toehold } from './own-name.ts';
import { ignoreLostOutput, reportLostOutput } from './terminal/lost-output.ts';
import { toStderr, toStdout } from './terminal/sink.ts';

// The room of the command line. `serve` builds and runs a server; most other commands are clients of its API, through client/; `token`,
// `doctor`, `service`, `new`, `adopt`, `backup`, and `restore` work on files. A start builds only the command that was asked for, and each
// command loads what it does when it is called. Text from elsewhere goes to a terminal only through terminal/, which makes it harmless.

/** The exit code for a wrong command line. */
const WRONG_USE = 2;

/** The commands that are not clients of a server. Each file is loaded for its own command, and for the help that lists all. */
const SETUP_COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand(),
  new: async () => (await import('./new.ts')).newCommand(),
  adopt: async () => (await import('./adopt.ts')).adoptCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  backup: async () => (await import('./backup.ts')).backupCommand(),
  restore: async () => (await import('./backup.ts')).restoreCommand(),
  service: async () => (await import('./service.ts')).serviceCommand(),
  token: async () => (await import('./token.ts')).tokenCommand(),
};

/** The commands that only show something. No other command is suggested, nor an option of another command. */
export const HARMLESS: readonly string[] = [...SHOWING, 'doctor', 'completion'];

/** Runs the command line. @param args the arguments after the program's name */
export async function runProgram(args: readonly string[]): Promise<void> {
  ignoreLostOutput();
  const word = args[0] === 'help' ? args[1] : args[0];
  const words = isCommand(word) ? args : await translatedOrAnswered(args, word);
  if (words === null) {
    process.exitCode = WRONG_USE;
    return;
  }
  try {
    const program = await programFor(words[0] ?? '');
    program.hook('preAction', (_program, command) => {
      // The server continues, whoever reads what it prints.
      if (command.name() !== 'serve') reportLostOutput();
    });
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander exits with 0 after --help and --version. All its other exits mean wrong use.
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USE;
  }
}

/** Whether the program has the command, or the word is for it to handle: none, an option, or `help`. */
function isCommand(word: string | undefined): boolean {
  if (word === undefined || word.startsWith('-') || word === 'help' || word === '__complete') return true;
  return Object.hasOwn(SETUP_COMMANDS, word) || isClientCommand(word);
}

/** The command line with the word that is no command translated; null: it was answered. */
async function translatedOrAnswered(args: readonly string[], word = ''): Promise<readonly string[] | null> {
  const { translated, answerTo } = await import('./words.ts');
  const words = translated(args);
  if (words !== args) return words;
  toStderr(answerTo(word, HARMLESS));
  return null;
}

/** The program with the one command of this name. With all commands if it has none of this name: for help, completion, and typos. */
export async function programFor(name: string): Promise<Command> {
  const program = new Command('toehold')
    .description('A GraphQL control plane for the small web apps on one machine.')
    .version(readVersion())
    .helpCommand(true)
    .showHelpAfterError(`(see ${toehold()} --help)`)
    .exitOverride()
    .configureOutput({ writeErr: toStderr, writeOut: showHelp })
    .commandsGroup('Set up and run:');
  const isSetup = Object.hasOwn(SETUP_COMMANDS, name);
  if (isSetup || !isClientCommand(name)) {
    const makers = isSetup ? [SETUP_COMMANDS[name]] : Object.values(SETUP_COMMANDS);
    for (const make of makers) if (make) program.addCommand(await make());
  }
  if (!isSetup) addClientCommands(program, name);
  inherit(program);
  return program;
}

/** Help or the version, which no action prints. */
function showHelp(text: string): void {
  reportLostOutput();
  toStdout(text);
}

function inherit(parent: Command): void {
  for (const command of parent.commands) inherit(command.copyInheritedSettings(parent));
  // People repeat a suggestion without reading it, and it could be a command or an option (--all, --yes) that changes something.
  parent.showSuggestionAfterError(isTopCommand(parent) && HARMLESS.includes(parent.name()));
  if (parent.commands.length === 0) return;
  const name = parent.parent ? `${toehold()} ${parent.name()}` : toehold();
  parent.showHelpAfterError(`(see ${name} --help)`);
}

function isTopCommand({ parent }: Command): boolean {
  return parent !== null && parent.parent === null;
}
