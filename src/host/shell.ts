import { execFile } from 'node:child_process';

/** The PATH of programs that do not run in the environment of an app or a person. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A shell that reads what `sh` reads: its program and flags, up to `-c`. */
export type Shell = readonly [program: string, ...flags: string[]];

export const SH: Shell = ['/bin/sh'];

/**
 * `-p`: it takes no functions and options from the environment; `--posix`: it reads a script as `sh` does; `--norc`: it
 * runs no `.bashrc`, which it otherwise does where its input is a socket.
 */
const FLAGS = ['--norc', '--posix', '-p'];
const OTHERS: readonly Shell[] = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].map((program) => [
  program,
  ...FLAGS,
]);

/** Names that a shell can use for variables. All shells hand these on. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

const PROBE = { name: 'toehold.probe-1', value: 'handed on' };
const PROBE_TIMEOUT = 5_000;
const probed = new Map<string, Promise<boolean>>();

/** The names of an environment that a shell cannot export, such as `spring.datasource.url`. Some shells drop them. */
export function unexportable(environment: Readonly<Record<string, string>>): string[] {
  return Object.keys(environment).filter((name) => !PLAIN.test(name));
}

/**
 * The shell that hands the whole environment on to a program: `sh` where it hands on every name, or where any shell would
 * hand on these names; otherwise bash, if it is installed.
 * @returns `lost`: the names that do not reach the program.
 */
export async function shellFor(
  environment: Readonly<Record<string, string>>,
  shells: readonly Shell[] = [SH, ...OTHERS],
): Promise<{ readonly shell: Shell; readonly lost: readonly string[] }> {
  const names = unexportable(environment);
  if (names.length === 0) return { shell: SH, lost: [] };
  for (const shell of shells) if (await handsOn(shell)) return { shell, lost: [] };
  return { shell: SH, lost: names };
}

/** Whether a shell hands on such names. Each shell is tried once, unless it could not be run. */
function handsOn(shell: Shell): Promise<boolean> {
  const key = shell.join(' ');
  const known = probed.get(key);
  if (known) return known;
  const [program, ...flags] = shell;
  const env = { PATH: DEFAULT_PATH, [PROBE.name]: PROBE.value };
  const answer = new Promise<boolean>((resolve) => {
    execFile(program, [...flags, '-c', 'exec env'], { env, timeout: PROBE_TIMEOUT }, (error, stdout) => {
      if (error !== null) probed.delete(key);
      resolve(error === null && stdout.split('\n').includes(`${PROBE.name}=${PROBE.value}`));
    });
  });
  probed.set(key, answer);
  return answer;
}
