import { CANNOT_RUN } from '../../host/as-user.ts';
import type { Shell } from '../../host/shell.ts';

/** The first words of whatever is started for a run. A refusal is seen by the driver, which moves the process itself. */
const ENTER = 'printf 0 2>/dev/null >&6; exec 6>&-';

/** `sh -c IN_GROUP sh <program> <arguments>`: enters the run's cgroup and becomes the program. */
export const IN_GROUP = `${ENTER} 4>&- 5>&-; trap 'exit ${CANNOT_RUN}' EXIT; exec "$@"`;

/**
 * The text of the shell that stands between the control plane and a script: `sh -c SHIM sh <run directory> <script>`.
 *
 * - It and the script's own shell are the same one: each must hand on the environment.
 * - It outlives the signals that end the app, so that it can write down the status; a trap,
 *   unlike ignoring them, is not inherited.
 * - First it enters the run's cgroup by fd 6, so that all it starts is in it. Where there is none, that is /dev/null.
 * - The script runs in the foreground: a background job would have SIGINT and SIGQUIT ignored.
 * - The `pid` file gets four lines: its pid, the boot, its own /proc stat line and the script's (RunDirectory
 *   reads them). Where there is no /proc the last three are empty.
 * - Its own stderr goes nowhere while it waits, or it would write "Terminated" into the app's log.
 * - From then on it ignores those signals, and with it mv: one that comes late must not cost the status.
 * - The status is renamed into place: a reader never sees half of the file. `command -p` finds mv whatever PATH
 *   the app has. The file is for its user alone, as is the `pid` file, which is there already.
 */
export function shimIn(shell: Shell): string {
  const leaveStatus = `umask 077
printf '%s\\n' "$status" >"$1/exit.tmp" && command -p mv -f "$1/exit.tmp" "$1/exit"`;
  return shimText(shell, '>"$1/pid"', '>>"$1/pid"', leaveStatus);
}

/**
 * The same for an app that runs as a user who must not write to the run directory, nor enter it: fd 4 is the
 * `pid` file and fd 5 the `exit` file. Neither is ever replaced, so nothing but their content can be forged; and
 * the status is written at once, with a line end.
 */
export function shimOfUserIn(shell: Shell): string {
  return shimText(shell, '>&4', '>&4', `printf '%s\\n' "$status" >&5`);
}

function shimText(shell: Shell, first: string, more: string, leaveStatus: string): string {
  return `${ENTER}
trap : TERM INT HUP QUIT USR1 USR2
exec 3>&2 2>/dev/null
boot= stat= own=
read -r boot </proc/sys/kernel/random/boot_id
read -r stat </proc/$$/stat
printf '%s\\n%s\\n%s\\n' "$$" "$boot" "$stat" ${first}
(read -r own </proc/self/stat
printf '%s\\n' "$own" ${more}
exec ${shell.join(' ')} -c "$2" 2>&3 3>&- 4>&- 5>&-)
status=$?
trap '' TERM INT HUP QUIT USR1 USR2
${leaveStatus}
exit "$status"`;
}

/** Words that a shell runs itself, or reads as grammar: `exec` before one of them would look for a program. */
const SHELL_WORDS = new Set(
  (
    '. : [ alias bg break builtin case cd command continue declare do done echo elif else esac eval exec exit export ' +
    'false fc fg fi for function getopts hash if in jobs kill let local popd printf pushd pwd read readonly return ' +
    'select set shift shopt source suspend test then time times trap true type typeset ulimit umask unalias unset ' +
    'until wait while'
  ).split(' '),
);

/**
 * Puts `exec` before the command of a script that is one simple command, after leading `NAME=value` words.
 * Without it a shell that does not exec its last command stays between the shim and the app, and dies of the
 * group's SIGTERM before the app has ended. Anything that is not plainly one command is left as it is.
 */
export function withExec(script: string): string {
  const words = splitWords(script);
  if (!words) return script;
  const command = words.find((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word.text));
  if (!command || !/^[A-Za-z0-9_./@+-]+$/.test(command.text) || SHELL_WORDS.has(command.text)) return script;
  return `${script.slice(0, command.at)}exec ${script.slice(command.at)}`;
}

interface Word {
  /** As written, quotes included. */
  readonly text: string;
  readonly at: number;
}

/** The words of a line without operators, redirections, comments or command substitutions; else null. */
function splitWords(script: string): Word[] | null {
  const words: Word[] = [];
  let start = -1;
  const end = (at: number): void => {
    if (start >= 0) words.push({ text: script.slice(start, at), at: start });
    start = -1;
  };
  for (let at = 0; at < script.length; at++) {
    const char = script.charAt(at);
    if (char === ' ' || char === '\t') {
      end(at);
      continue;
    }
    if (';&|()<>\n\r`'.includes(char) || (char === '#' && start < 0)) return null;
    if (start < 0) start = at;
    if (char === "'" || char === '"') {
      const close = closingQuote(script, at);
      if (close < 0) return null;
      at = close;
    } else if (char === '\\') {
      if (script[++at] === undefined || script[at] === '\n') return null;
    }
  }
  end(script.length);
  return words;
}

/** Where the quote that opens at `open` closes; -1 where it does not, or holds a command substitution. */
function closingQuote(script: string, open: number): number {
  const quote = script[open];
  if (quote === "'") return script.indexOf("'", open + 1);
  for (let at = open + 1; at < script.length; at++) {
    if (script[at] === '\\') at++;
    else if (script[at] === '`' || (script[at] === '$' && script[at + 1] === '(')) return -1;
    else if (script[at] === '"') return at;
  }
  return -1;
}
