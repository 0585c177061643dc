import { writeSync } from 'node:fs';
import { Command } from 'commander';
import { type Config, loadConfig, readClientEnvironment } from '../config.ts';
import { createSystemClock } from '../drivers/system-clock.ts';
import { type Console, createConsole } from './serve/console.ts';
import { watchForFaults } from './serve/process-events.ts';
import { settingsFlags, settingsOptions } from './settings-options.ts';
import { shown } from './terminal/sink.ts';

const HELP = `
A flag overrides its variable, which is in brackets. When the server is ready, it prints one line on
standard output. Everything else goes to standard error. Exit codes: 0 ended as requested,
1 apps had to be killed or the server failed, 2 the server could not start.

Example:
  PORT=4000 toehold serve --data-dir /srv/toehold --on-exit detach`;

/** How long the end waits for a slow reader of the last lines, in milliseconds. */
const FLUSH_TIMEOUT = 500;

/** `toehold serve`. Ends the process with the exit code. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Runs the server: finds, runs, and watches the apps, and answers GraphQL.')
    .option('--json', 'Print {"url","pid","version"} when ready, instead of the URL.')
    .addHelpText('after', HELP)
    .action(serve);
  for (const option of settingsOptions()) command.addOption(option);
  return command;
}

async function serve(options: Readonly<Record<string, unknown>>): Promise<never> {
  const colors = readClientEnvironment().color !== false;
  const stdout = createConsole(process.stdout, colors);
  const stderr = createConsole(process.stderr, colors);
  watchForFaults({ source: process, print: printNow, exit: (code) => process.exit(code) });
  const loaded = loadConfig({ flags: settingsFlags(options) });
  const code = loaded.ok
    ? await run(loaded.config, stderr, ({ url, version }) =>
        stdout.print(options.json ? JSON.stringify({ url, pid: process.pid, version }) : url),
      )
    : refuse(loaded.message, stderr);
  await Promise.race([
    Promise.all([stdout.flushed(), stderr.flushed()]),
    new Promise<void>((resolve) => createSystemClock().after(FLUSH_TIMEOUT, resolve)),
  ]);
  // Not `exitCode`: an open handle must not keep an ended server alive.
  process.exit(code);
}

async function run(
  config: Config,
  { print }: Console,
  announce: (server: { readonly url: string; readonly version: string }) => void,
): Promise<number> {
  for (const warning of config.warnings) print(`toehold: ${warning}`);
  // Loaded here, so that help, version, and a bad configuration don't wait for the whole server to load.
  const [{ compose, StartFailure }, { runServer }] = await Promise.all([
    import('../compose.ts'),
    import('./serve/run-server.ts'),
  ]);
  try {
    const clock = createSystemClock();
    const control = await compose(config, { print });
    const ready = (url: string) => {
      announce({ url, version: config.version });
      if (config.auth) print(invitation(control));
    };
    const { clean } = await runServer({ config, control, signals: process, clock, print, ready });
    return clean ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    return refuse(error.message, { print });
  }
}

/** Only a terminal gets the login link: others can read it in a file or in the system's journal. */
function invitation(control: { readonly loginUrl: () => string | null }): string {
  const url = process.stderr.isTTY ? control.loginUrl() : null;
  if (url === null) return 'toehold: to open it in a browser and log in, run `toehold open`';
  return `toehold: this link logs a browser in, once and within 10 minutes: ${url}`;
}

function refuse(message: string, { print }: Pick<Console, 'print'>): number {
  for (const line of message.split('\n')) print(`toehold: ${line}`);
  return 2;
}

/** Writes without a queue, because the process can end with the next statement. */
function printNow(line: string): void {
  try {
    writeSync(2, `${shown(line)}\n`);
  } catch {
    // EIO, EPIPE, EAGAIN: there is no other place to report it.
  }
}
