import { similar } from './commands/app-refs.ts';
import { toehold } from './own-name.ts';
import { plain } from './terminal/escape.ts';

// Commands that people know from PM2, Docker, and service managers. docs/from-pm2.md is the same as a table. A word that only shows something
// works as it is. A word that would change something is answered with the commands to choose from, because its meaning elsewhere differs.

/** Words that work. They are not in the help. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  list: ['ls'],
  l: ['ls'],
  ps: ['ls'],
  jlist: ['ls', '--json'],
  monit: ['ls', '--watch'],
  monitor: ['ls', '--watch'],
  top: ['ls', '--watch'],
  stats: ['ls', '--watch'],
  describe: ['status'],
  desc: ['status'],
  show: ['status'],
  info: ['status'],
  inspect: ['status'],
  log: ['logs'],
  tail: ['logs', '-f'],
  version: ['--version'],
};

const RESTART = 'toehold restart <app> stops the app and starts it again';
const REMOVE =
  'toehold stop <app> stops the app until you start it again. toehold rm <app> also moves its directory to .trash and deletes its log';
const KILL =
  'toehold stop <app> stops an app. toehold shutdown ends the server: with --stop the apps end first, with --detach they keep running';
const KEPT = 'Nothing is to be saved: the server keeps which apps run, also across a reboot';
const SERVICE =
  'toehold service install makes the server start at each boot, and toehold service uninstall undoes that';
const NEW =
  'toehold new <name> makes an app. toehold adopt <name> makes one of a directory in apps/ that has no current';
const SHELL =
  'Apps run on this machine, so you need no shell in them: the directory of an app is apps/<app>/current';

/** Words that are answered. Each answer is a few sentences without a period at the end. */
export const ANSWERS: Readonly<Record<string, string>> = {
  reload: `${RESTART}. Requests fail in between`,
  delete: REMOVE,
  del: REMOVE,
  remove: REMOVE,
  kill: KILL,
  down: KILL,
  flush:
    'No log needs to be emptied: the server frees the oldest lines of each app by size and age (TOEHOLD_LOG_RETENTION, TOEHOLD_LOG_MAX_AGE)',
  save: KEPT,
  dump: KEPT,
  resurrect: KEPT,
  startup: SERVICE,
  unstartup: SERVICE,
  enable: SERVICE,
  disable: SERVICE,
  env: 'An app gets PORT, the variables of its .env, and those of the server. docs/apps.md lists them',
  exec: SHELL,
  attach: `${SHELL}. toehold logs -f <app> follows what it prints`,
  add: NEW,
  create: NEW,
  init: NEW,
  run: 'toehold start <app> starts an app, and toehold serve runs the server',
  up: 'toehold serve runs the server, and the server starts its apps. toehold start --all starts every app that is stopped',
  port: 'toehold ports lists the ports of all apps',
  scale: 'Toehold runs one instance of each app',
  login: 'toehold open logs a browser in. toehold token create makes a token for a program',
  dashboard: 'toehold open opens the server’s page in a browser',
};

/** The command line with the command's own name in place of a word that works, also after `help`. Otherwise the same list. */
export function translated(args: readonly string[]): readonly string[] {
  const [first = '', ...rest] = args;
  if (first === 'help') {
    const words = translated(rest);
    return words === rest ? args : [first, ...words.slice(0, 1)];
  }
  const known = Object.hasOwn(ALIASES, first) ? ALIASES[first] : undefined;
  return known ? [...known, ...rest] : args;
}

/**
 * What to print about a word that is no command. It suggests only commands that change nothing, because people repeat
 * a suggestion without reading it.
 * @param showing the commands that only show something
 */
export function answerTo(word: string, showing: readonly string[]): string {
  const answer = Object.hasOwn(ANSWERS, word) ? ANSWERS[word] : undefined;
  const meant = answer === undefined ? similar(word, showing) : [];
  const hint =
    answer?.replace(/\btoehold (?=[a-z])/g, `${toehold()} `) ??
    (meant.length > 0 ? `Did you mean ${meant.join(' or ')}?` : null);
  const lines = [`toehold: unknown command '${plain(word)}'`, hint, `${toehold()} --help lists the commands`];
  return lines.flatMap((line) => (line === null ? [] : `${line}\n`)).join('');
}
