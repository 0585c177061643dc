import { Argument, Command, Option } from 'commander';
import { type ClientCommand, carryOut } from '../client-command.ts';
import { jsonText, toStdout } from '../terminal/sink.ts';
import { SHELLS, type Shell } from './completion-scripts.ts';
import type { ShutdownFlags } from './shutdown.ts';

const GROUP = 'The server:';

export const OPEN_COMMAND: ClientCommand = {
  usage: 'open [app]',
  group: GROUP,
  summary: 'Opens an app in a browser, or the server, with a link that logs the browser in.',
  options: (command) =>
    void command
      .option('-p, --print', 'Only print the address.')
      .addOption(
        new Option('--role <role>', 'Without an app: the role of the session (default: yours).').choices([
          'VIEWER',
          'OPERATOR',
          'ADMIN',
        ]),
      ),
  help: `
The command prints the address, and on a desktop it opens a browser. Without an app it is a link to the
server that works once and for 10 minutes. The session ends after 12 hours without use. If the server
requires no token, the link is its address.

Examples:
  toehold open
  toehold open hello
  ssh -t server toehold open --role VIEWER`,
  load: async () => (await import('./open.ts')).open,
};

/** `toehold shutdown`. It sends a signal instead of a request, so it works only on this machine. */
export function shutdownCommand(): Command {
  return new Command('shutdown')
    .summary('Ends the server of a data directory, and waits until it has ended.')
    .description('Ends the server of a data directory, and waits until it has ended.')
    .helpGroup(GROUP)
    .option('--stop', 'Stop every app first.')
    .option('--detach', 'Leave the apps running for the next server.')
    .option('--data-dir <path>', 'The data directory (default: that of your only running server). [DATA_DIR]')
    .option('--json', 'Print {"dataDir","pid","onExit"}.')
    .addHelpText(
      'after',
      `
Without --stop and --detach, TOEHOLD_ON_EXIT of the server decides. The command sends SIGTERM, so it works
only on the machine and for the user of the server. A service manager starts its server again: stop the
service instead (systemctl stop toehold).

Example:
  toehold shutdown --detach`,
    )
    .action((flags: ShutdownFlags) =>
      carryOut(async () => {
        const { shutdown } = await import('./shutdown.ts');
        await shutdown(flags);
      }),
    );
}

const PLACES: Readonly<Record<Shell, string>> = {
  bash: 'source <(toehold completion bash)                      # in ~/.bashrc',
  zsh: 'source <(toehold completion zsh)                       # in ~/.zshrc, after compinit',
  fish: 'toehold completion fish > ~/.config/fish/completions/toehold.fish',
};

/** `toehold completion <shell>` */
export function completionCommand(): Command {
  return new Command('completion')
    .summary('Prints a script that completes commands, options, and app names in a shell.')
    .description('Prints a script that completes commands, options, and app names in a shell.')
    .helpGroup(GROUP)
    .addArgument(new Argument('<shell>', 'Which shell.').choices(SHELLS))
    .option('--json', 'Print {"shell","script"}.')
    .addHelpText('after', `\nExamples:\n${SHELLS.map((shell) => `  ${PLACES[shell]}`).join('\n')}`)
    .action((shell: Shell, { json }: { json?: boolean }) =>
      carryOut(async () => {
        const { completionScript } = await import('./completion-scripts.ts');
        const script = completionScript(shell);
        toStdout(json ? `${jsonText({ shell, script })}\n` : script);
      }),
    );
}

/** The command that the completion scripts call. It prints nothing if anything fails, because an error would show in the line that is typed. */
export function completeCommand(program: Command): Command {
  return new Command('__complete').argument('[words...]').action((words: readonly string[]) =>
    carryOut(async () => {
      const { complete } = await import('./complete.ts');
      toStdout(await complete(program, words).catch(() => ''));
    }),
  );
}
