import type { Command } from 'commander';
import type { ClientCommand } from '../client-command.ts';
import { countOption, momentOption, streamOption } from './options.ts';

const GROUP = 'See what is:';

/** The commands that change nothing. */
export const READING: readonly ClientCommand[] = [
  {
    usage: 'ls',
    group: GROUP,
    summary: 'Lists the apps: state, port, uptime, restarts, memory.',
    options: (command) => command.option('-w, --watch', 'Stay, and show every change, until Ctrl-C.'),
    help: `
On a terminal the table fits its width: what is wide is cut, and the least important columns are left
out. RESTARTS counts the kept runs after the first. Elsewhere the table is plain text, and --watch
prints a line for each app that has changed.

Examples:
  toehold ls --watch
  toehold ls --json | jq -r '.[] | select(.state == "BACKOFF") | .name'`,
    load: async () => (await import('./ls.ts')).ls,
  },
  {
    usage: 'status <app>',
    group: GROUP,
    summary: 'Tells all about one app, with its last exit and its last ten lines.',
    help: `
Example:
  toehold status hello`,
    load: async () => (await import('./status.ts')).status,
  },
  {
    usage: 'logs [app...]',
    group: GROUP,
    summary: 'Prints the log of apps, or of all, oldest line first.',
    options: (command: Command) =>
      command
        .option('-f, --follow', 'Go on with every line that comes, until Ctrl-C.')
        .addOption(
          countOption('Begin so many lines before the end, or all (default: 100; all with --since).'),
        )
        .addOption(
          momentOption('--since <when>', 'Only lines since then: 10m, 2h30m, or 2026-03-01T12:00:00Z.'),
        )
        .addOption(momentOption('--until <when>', 'Only lines until then.'))
        .option('-g, --grep <text>', 'Only lines with this text in them. Upper and lower case differ.')
        .addOption(streamOption())
        .option('-t, --timestamps', 'Put the time before each line.')
        .option('--plain', 'Text alone, also in a pipe: no colors, no control characters.'),
    help: `
The app's name stands before each line unless one app was named. The supervisor's lines begin with 🐾.
A pipe or a file gets an app's text just as it is in the log. A terminal gets its colors, and none of
what else an app could tell a terminal to do; with NO_COLOR not even these. What a pipe carries to a
terminal (| cat, | grep) does all that an app wrote into it: --plain takes that out there too.

--follow goes on over every end and start of the server, with no line lost or repeated. Where lines
are gone (too old, or truncated by the app), a line on standard error says so.

Examples:
  toehold logs -f hello
  toehold logs --since 10m --grep ERROR
  toehold logs -n all --json hello > hello.jsonl`,
    load: async () => (await import('./logs.ts')).logs,
  },
  {
    usage: 'events [app...]',
    group: GROUP,
    summary: 'Prints what has happened to apps, or to all and the server.',
    options: (command: Command) =>
      command
        .option('-f, --follow', 'Go on with every event that comes, until Ctrl-C.')
        .addOption(countOption('Begin so many events before the end, or all (default: 100).')),
    help: `
With --json each event is an object on a line. --follow goes on over every end and start of the
server, with no event lost or repeated.

Examples:
  toehold events -f
  toehold events --json -n all hello`,
    load: async () => (await import('./events.ts')).events,
  },
  {
    usage: 'releases <app>',
    group: GROUP,
    summary: 'Lists the releases of an app, newest first.',
    help: `
Example:
  toehold releases hello`,
    load: async () => (await import('./releases.ts')).releases,
  },
  {
    usage: 'audit',
    group: GROUP,
    summary: 'Prints who did what, with what outcome. Needs ADMIN.',
    options: (command) =>
      command.addOption(countOption('So many of the newest entries, or all (default: 100).')),
    help: `
Every command that changes something is kept for 90 days, refused ones too. With --json each entry is
an object on a line.

Examples:
  toehold audit
  toehold audit -n all --json | jq -r 'select(.outcome == "FORBIDDEN") | .actor'`,
    load: async () => (await import('./audit.ts')).audit,
  },
];
