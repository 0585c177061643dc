import type { Command } from 'commander';
import type { ClientCommand } from '../client-command.ts';
import { countOption, momentOption, streamOption } from './options.ts';

const COMMANDS: readonly Omit<ClientCommand, 'group' | 'endsWithReader'>[] = [
  {
    usage: 'ls [app...]',
    summary: 'Lists the apps: state, address, uptime, restarts, CPU, memory.',
    options: (command) => command.option('-w, --watch', 'Show every change until Ctrl-C.'),
    help: `
In a terminal, the table fits the width: long cells are cut, and the least important columns are left
out. RESTARTS counts the kept runs after the first. CPU is in percent of one core. Elsewhere the table is
plain text, and --watch prints a line for each app that changed.

Examples:
  toehold ls --watch
  toehold ls --json | jq -r '.[] | select(.state == "BACKOFF") | .name'`,
    load: async () => (await import('./ls.ts')).ls,
  },
  {
    usage: 'status <app>',
    summary: 'Shows one app in detail, with its last exit and its last ten lines.',
    help: `
Example:
  toehold status hello`,
    load: async () => (await import('./status.ts')).status,
  },
  {
    usage: 'logs [app...]',
    summary: 'Prints the log of some or all apps, oldest line first.',
    options: (command: Command) =>
      command
        .option('-f, --follow', 'Print new lines as they come, until Ctrl-C.')
        .addOption(countOption('How many of the last lines, or all (default: 100; with --since, all).'))
        .addOption(
          momentOption('--since <when>', 'Only lines since then: 10m, 2h30m, or 2026-03-01T12:00:00Z.'),
        )
        .addOption(momentOption('--until <when>', 'Only lines until then.'))
        .option('-g, --grep <text>', 'Only lines that contain this text. Case matters.')
        .addOption(streamOption())
        .option('-e, --err', 'Only standard error: the same as --stream stderr.')
        .option('-t, --timestamps', 'Print the time before each line.')
        .option('--plain', 'No colors and no control characters, also in a pipe.'),
    help: `
The app's name is before each line, unless you name one app. Lines of the supervisor start with 🐾. Times
are local; with --json they are ISO 8601. --since and --until take both.
A terminal gets the text and its colors (without NO_COLOR), but no other control characters. A pipe or a
file gets the text as it is in the log. If the pipe ends in a terminal (| cat, | grep), add --plain.

--follow continues across restarts of the server, and no line is lost or repeated. If lines are gone (too
old, or truncated by the app), a line on standard error says so.

Examples:
  toehold logs -f hello
  toehold logs --since 10m --grep ERROR
  toehold logs -n all --json hello > hello.jsonl`,
    load: async () => (await import('./logs.ts')).logs,
  },
  {
    usage: 'events [app...]',
    summary: 'Prints the events of some apps, or of all apps and the server.',
    options: (command: Command) =>
      command
        .option('-f, --follow', 'Print new events as they come, until Ctrl-C.')
        .addOption(countOption('How many of the last events, or all (default: 100).')),
    help: `
With --json each event is an object on its own line. --follow continues across restarts of the server, and
no event is lost or repeated.

Examples:
  toehold events -f
  toehold events --json -n all hello`,
    load: async () => (await import('./events.ts')).events,
  },
  {
    usage: 'releases <app>',
    summary: 'Lists the releases of an app, newest first.',
    help: `
Example:
  toehold releases hello`,
    load: async () => (await import('./releases.ts')).releases,
  },
  {
    usage: 'audit',
    summary: 'Prints who did what, and the outcome. Needs ADMIN.',
    options: (command) =>
      command.addOption(countOption('How many of the newest entries, or all (default: 100).')),
    help: `
Every command that changes something is kept for 90 days, also if it was refused. With --json each entry
is an object on its own line.

Examples:
  toehold audit
  toehold audit -n all --json | jq -r 'select(.outcome == "FORBIDDEN") | .actor'`,
    load: async () => (await import('./audit.ts')).audit,
  },
];

/** The declarations of the commands that show something. show-commands.ts, change-commands.ts, and server-commands.ts are loaded for every help. */
export const SHOW_COMMANDS: readonly ClientCommand[] = COMMANDS.map((command) => ({
  ...command,
  group: 'Show:',
  endsWithReader: true,
}));
