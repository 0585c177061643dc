import { tmpdir } from 'node:os';
import { COMMAND, runProcess, type ServeProcess, toehold } from '../../support/serve.ts';

/** The exit code and the output of a command. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The server of a test, for a command. */
export interface Server {
  readonly url: string;
  readonly token: string;
}

/** The environment with which a command finds only this server. */
export function leadingTo({ url, token }: Server): Record<string, string> {
  return { TOEHOLD_URL: url, TOEHOLD_TOKEN: token, XDG_STATE_HOME: tmpdir() };
}

/** Runs a command with its output in pipes, to its end. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<Ended> {
  const command = toehold(args, env, cwd);
  command.child.stdin.end();
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a command in its own terminal. `stdout` has all that it shows; `child.stdin` is the keyboard. */
export function inTerminal(
  args: readonly string[],
  { columns = 100, rows = 30, env }: TerminalOptions,
): ServeProcess {
  const line = [process.execPath, ...COMMAND, ...args].map((word) => `'${word}'`).join(' ');
  const size = `stty cols ${columns} rows ${rows}`;
  return runProcess('script', ['-qefc', `${size}; exec ${line}`, '/dev/null'], {
    TERM: 'xterm-256color',
    ...env,
  });
}

/** The text without control sequences. */
export function shown(text: string): string {
  return text.replaceAll(/\x1b\[[0-?]*[A-Za-z]/g, '').replaceAll('\r', '');
}
