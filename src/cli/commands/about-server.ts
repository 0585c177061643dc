import { Argument, Command, Option } from 'commander';
import { type ClientCommand, carryOut } from '../client-command.ts';
import { jsonText, toStdout } from '../terminal/sink.ts';
import { SHELLS, type Shell } from './completion-scripts.ts';
import type { ShutdownFlags } from './shutdown.ts';

const GROUP = 'The server:';

export const OPEN: ClientCommand = {
  usage: 'open',
  group: GROUP,
  summary: 'Makes a link that logs a browser in, once, and opens it.',
  options: (command) =>
    void command
      .option('-p, --print', 'Print the link alone.')
      .addOption(
        new Option('--role <role>', 'What the session may do (default: what you may).').choices([
          'VIEWER',
          'OPERATOR',
          'ADMIN',
        ]),
      ),
  help: `
The link is good for 10 minutes and one login; the session ends after 12 hours without use. The command
prints the link, and opens it in a browser from the terminal of a desktop. Where the server asks for no
token, it is the address alone.

Examples:
  toehold open
  ssh -t server toehold open --role VIEWER`,
  load: async () => (await import('./open.ts')).open,
};

/** `toehold shutdown`: the only one that signals instead of asking, so it works on this machine alone. */
export function shutdownCommand(): Command {
  return new Command('shutdown')
    .summary('Ends the server of a data directory, and waits for its end.')
    .description('Ends the server of a data directory, and waits for its end.')
    .helpGroup(GROUP)
    .option('--stop', 'Stop every app before.')
    .option('--detach', 'Leave the apps running, for the next server to take over.')
    .option('--data-dir <path>', 'The data directory (default: that of the only server of yours). [DATA_DIR]')
    .option('--json', 'Print {"dataDir","pid","onExit"}.')
    .addHelpText(
      'after',
      `
Without --stop and --detach the server does what TOEHOLD_ON_EXIT told it. It gets a SIGTERM: this works
on the machine and for the user that it runs on. A server that a service manager keeps is started again
by it: stop the service instead (systemctl stop toehold).

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
    .summary('Prints what makes a shell complete commands, options and apps’ names.')
    .description('Prints what makes a shell complete commands, options and apps’ names.')
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

/** What the shells ask. Anything that goes wrong is silence: an error would stand in the line that is being typed. */
export function completeCommand(program: Command): Command {
  return new Command('__complete').argument('[words...]').action((words: readonly string[]) =>
    carryOut(async () => {
      const { complete } = await import('./complete.ts');
      toStdout(await complete(program, words).catch(() => ''));
    }),
  );
}
