import { writeSync } from 'node:fs';
import { Command } from 'commander';
import type { ControlPlane } from '../compose.ts';
import { type Config, loadConfig, readClientEnvironment } from '../config.ts';
import { createSystemClock } from '../drivers/system-clock.ts';
import { ownCommand } from '../host/own-command.ts';
import { type Console, createConsole } from './serve/console.ts';
import { watchForFaults } from './serve/process-events.ts';
import { welcomeText } from './serve/welcome.ts';
import { settingsFlags, settingsOptions } from './settings-options.ts';
import { shown } from './terminal/sink.ts';

const HELP = `
A flag overrides its variable, which is in brackets. When the server is ready, it prints its URL on standard
output; a terminal gets a few lines with a login link. Everything else goes to standard error: a line
for each app that runs, crashes, or is restarted, and what the supervisor says. Exit codes: 0 ended as
requested, 1 apps had to be killed or the server failed, 2 the server could not start.

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
    ? await run(loaded.config, { stdout, stderr, json: options.json === true })
    : refuse(loaded.message, stderr);
  await Promise.race([
    Promise.all([stdout.flushed(), stderr.flushed()]),
    new Promise<void>((resolve) => createSystemClock().after(FLUSH_TIMEOUT, resolve)),
  ]);
  // Not `exitCode`: an open handle must not keep an ended server alive.
  process.exit(code);
}

interface Outputs {
  readonly stdout: Console;
  readonly stderr: Console;
  readonly json: boolean;
}

async function run(config: Config, outputs: Outputs): Promise<number> {
  const { print } = outputs.stderr;
  for (const warning of config.warnings) print(`toehold: ${warning}`);
  // Loaded here, so that help, version, and a bad configuration don't wait for the whole server to load.
  const [{ compose, StartFailure }, { runServer }, { AppLines }] = await Promise.all([
    import('../compose.ts'),
    import('./serve/run-server.ts'),
    import('./serve/app-lines.ts'),
  ]);
  try {
    const clock = createSystemClock();
    const control = await compose(config, { print: (line) => print(dimmed(line)) });
    const ready = () => {
      announce(config, control, outputs);
      const { supervisor, events, appUrl: urlOf } = control;
      return new AppLines({ ...{ supervisor, events, urlOf, print }, now: clock.now }).start();
    };
    const { clean } = await runServer({ config, control, signals: process, clock, print, ready });
    return clean ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    return refuse(error.message, { print });
  }
}

type Announced = Pick<ControlPlane, 'url' | 'loginUrl'>;

/** Prints the address of the server, and how to log in. Only a terminal gets a login link: others can read it in a file or in the system's journal. */
function announce(config: Config, control: Announced, { stdout, stderr, json }: Outputs): void {
  const { version, auth, dataDir, onExit } = config;
  const { url } = control;
  const command = ownCommand(config.environment.PATH);
  if (process.stdout.isTTY && !json) {
    const loginUrl = auth ? control.loginUrl() : null;
    for (const line of welcomeText({ version, url, loginUrl, auth, dataDir, command, onExit }))
      stdout.print(line);
    return;
  }
  stdout.print(json ? JSON.stringify({ url, pid: process.pid, version }) : url);
  if (!auth) return;
  const link = process.stderr.isTTY ? control.loginUrl() : null;
  if (link === null) stderr.print(`toehold: to open it in a browser and log in, run \`${command} open\``);
  else {
    stderr.print('toehold: this link logs a browser in, once and within 10 minutes:');
    stderr.print(link);
  }
}

/** What the supervisor says of an app is less important than the lines of the apps. */
function dimmed(line: string): string {
  return line.startsWith('🐾 ') ? `\x1b[2m${line}\x1b[22m` : line;
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
