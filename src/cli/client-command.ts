import { Command } from 'commander';
import { CommandFailure, EXIT } from './failure.ts';
import { toehold } from './own-name.ts';
import type { CommonFlags, Session } from './servers/session.ts';
import { endOnSignals } from './signals.ts';
import { endWithReader } from './terminal/lost-output.ts';
import { toStderr } from './terminal/sink.ts';

/** The declaration of a command. What it does is loaded when it is called, so that help and completion are fast. */
export interface ClientCommand {
  /** Name and arguments: `rename <app> <name>`. */
  readonly usage: string;
  readonly group: string;
  readonly summary: string;
  /** The end of the help, with examples. */
  readonly help: string;
  /** Adds the options. */
  readonly options?: (command: Command) => void;
  /** It only shows something, so it ends when its reader has gone. Without this it finishes its work. */
  readonly endsWithReader?: true;
  /** Loads what the command does. `arguments` are as commander reads them: a text, or a list for `<app...>`. */
  readonly load: () => Promise<(call: Call) => Promise<void>>;
}

export interface Call {
  readonly session: Session;
  readonly arguments: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** The help of each argument. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  '<app>': 'The app’s name.',
  '[app]': 'The app’s name.',
  '[app...]': 'The names of apps (default: all).',
  '<name>': 'The new name: lowercase letters, numbers and hyphens, a letter first.',
  '[role]': 'The highest role that the app can have.',
  '[icon]': 'One symbol, or a short text.',
  '[port]': 'A port from the range for apps.',
  '<release>': 'The release’s name; toehold releases lists them.',
};

/** Makes the commander command. */
export function clientCommand(declaration: ClientCommand): Command {
  const { usage, group, summary, help, options, load } = declaration;
  const [name = '', ...parts] = usage.split(' ');
  const command = new Command(name).summary(summary).description(summary).helpGroup(group);
  for (const part of parts) command.argument(part, ARGUMENTS[part] ?? '');
  options?.(command);
  addCommonOptions(command);
  return command.addHelpText('after', `\n${help.trim()}`).action(() =>
    carryOut(async () => {
      if (declaration.endsWithReader) endWithReader();
      const flags = command.opts<CommonFlags>();
      const { openSession } = await import('./servers/session.ts');
      const [run, session] = await Promise.all([load(), openSession(flags)]);
      await run({ session, arguments: command.processedArgs, options: flags as Record<string, unknown> });
      await session.client.close();
    }),
  );
}

function addCommonOptions(command: Command): void {
  command
    .option('--json', 'Print JSON: one value, or one object on each line if it streams.')
    .optionsGroup('Server:')
    .option('--data-dir <path>', 'The server of this data directory. [DATA_DIR]')
    .option('--url <url>', 'The server at this address. [TOEHOLD_URL]')
    .option(
      '--token <token>',
      'The access token; others see the option in `ps`, but not the variable. [TOEHOLD_TOKEN]',
    )
    .option('--token-file <path>', 'A file with the token, private to its owner. [TOEHOLD_TOKEN_FILE]')
    .option('--insecure', 'With --url: send the token without https, to any listener. [TOEHOLD_INSECURE]');
}

/** Runs a command, prints what went wrong, and ends the process with the exit code. */
export async function carryOut(work: () => Promise<void>): Promise<never> {
  endOnSignals();
  // Set before the last write, whose failure can end the process.
  process.exitCode = await work().then(
    () => EXIT.DONE,
    (error: unknown) => explain(error),
  );
  // An open handle, such as an idle connection, must not keep a finished command alive.
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  process.exit();
}

async function explain(error: unknown): Promise<number> {
  if (error instanceof CommandFailure) {
    for (const line of error.details) toStderr(`${line}\n`);
    return fail(error.exitCode, error.message);
  }
  const { ToeholdError } = await import('../../client/index.ts');
  if (!(error instanceof ToeholdError)) throw error;
  const { code, message } = error;
  if (code === 'UNREACHABLE')
    return fail(EXIT.NO_SERVER, `${message}\nIs it running? ${toehold()} serve starts one`);
  if (code === 'BAD_ANSWER') return fail(EXIT.NO_SERVER, message);
  if (code === 'UNAUTHENTICATED') {
    const how = `Give a valid token: --token, TOEHOLD_TOKEN, or TOEHOLD_TOKEN_FILE (${toehold()} token create makes one)`;
    return fail(EXIT.REFUSED, `${message}\n${how}`);
  }
  return fail(EXIT.REFUSED, `${message} (${code})`);
}

function fail(code: number, message: string): number {
  for (const [index, line] of message.split('\n').entries()) {
    toStderr(`${index === 0 ? 'toehold: ' : ''}${line}\n`);
  }
  return code;
}
