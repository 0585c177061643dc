import { Command } from 'commander';
import { CommandFailure, EXIT } from './failure.ts';
import type { CommonFlags, Session } from './servers/session.ts';
import { toStderr } from './terminal/sink.ts';

/** A command as it is declared: what it does is loaded when it is called, so that help and completion are fast. */
export interface ClientCommand {
  /** As in a manual: `rename <app> <name>`. */
  readonly usage: string;
  readonly group: string;
  readonly summary: string;
  /** What the help says beside usage and options, with examples. */
  readonly help: string;
  /** Adds its options. */
  readonly options?: (command: Command) => void;
  /** What it does. `arguments` are as commander reads them: text, or a list where there may be several. */
  readonly load: () => Promise<(call: Call) => Promise<void>>;
}

export interface Call {
  readonly session: Session;
  readonly arguments: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a shell says of a program that a signal ended. */
const ENDING = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What stands behind a command's name, in words. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  '<app>': 'The app’s name.',
  '[app]': 'The app’s name.',
  '<app...>': 'The names of apps.',
  '[app...]': 'The names of apps (default: all).',
  '<name>': 'The new name: lowercase letters, numbers and hyphens, a letter first.',
  '[role]': 'The greatest role that it may have.',
  '[icon]': 'One symbol, or a short text.',
  '[port]': 'One of the ports that apps get.',
  '<release>': 'The release’s name: toehold releases tells them.',
};

/** The command as commander takes it. */
export function clientCommand({ usage, group, summary, help, options, load }: ClientCommand): Command {
  const [name = '', ...parts] = usage.split(' ');
  const command = new Command(name).summary(summary).description(summary).helpGroup(group);
  for (const part of parts) command.argument(part, ARGUMENTS[part] ?? '');
  options?.(command);
  addCommonOptions(command);
  return command.addHelpText('after', `\n${help.trim()}`).action(() =>
    carryOut(async () => {
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
    .option('--json', 'Print JSON: one value, or one object a line where there is no end to it.')
    .optionsGroup('Which server:')
    .option('--data-dir <path>', 'That of this data directory. [DATA_DIR]')
    .option('--url <url>', 'The one at this address. [TOEHOLD_URL]')
    .option(
      '--token <token>',
      'What it lets you in by; the variable is not seen by others in `ps`. [TOEHOLD_TOKEN]',
    )
    .option('--token-file <path>', 'Where that stands, for its owner alone. [TOEHOLD_TOKEN_FILE]')
    .option(
      '--insecure',
      'With --url: send the token without https, whoever listens there. [TOEHOLD_INSECURE]',
    );
}

/** Carries a command out, says what went wrong in a line or two, and ends the process with the code for it. */
export async function carryOut(work: () => Promise<void>): Promise<never> {
  for (const [signal, code] of Object.entries(ENDING)) process.on(signal, () => process.exit(code));
  // A reader that has enough (`| head`) closes its end: then nobody wants the rest, and nothing went wrong.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.stderr.on('error', () => {});
  const code = await work().then(
    () => EXIT.DONE,
    (error: unknown) => explain(error),
  );
  // Nothing that is still open (an idle connection) may keep a command alive that is done.
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  process.exit(code);
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
    return fail(EXIT.NO_SERVER, `${message}\nIs it running? toehold serve starts one`);
  if (code === 'BAD_ANSWER') return fail(EXIT.NO_SERVER, message);
  if (code === 'UNAUTHENTICATED') {
    const how =
      'Give a good one: --token, TOEHOLD_TOKEN or TOEHOLD_TOKEN_FILE (toehold token create makes one)';
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
