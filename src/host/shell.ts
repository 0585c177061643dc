import { execFile } from 'node:child_process';

/** The PATH of what runs in no environment of an app's or a person's. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A shell that takes what `sh` takes: its words, up to `-c`. */
export type Shell = readonly [program: string, ...flags: string[]];

export const SH: Shell = ['/bin/sh'];

/**
 * `-p`: it takes no functions and no options of its own from the environment; `--posix`: it reads a script as `sh` does;
 * `--norc`: it runs no `.bashrc`, as it else does where its input is a socket.
 */
const FLAGS = ['--norc', '--posix', '-p'];
const OTHERS: readonly Shell[] = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].map((program) => [
  program,
  ...FLAGS,
]);

/** Names that a shell may have for variables of its own; all shells hand these on. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

const PROBE = { name: 'toehold.probe-1', value: 'handed on' };
const PROBE_TIMEOUT = 5_000;
const probed = new Map<string, Promise<boolean>>();

/** The names of an environment that a shell cannot export, such as `spring.datasource.url`. Some shells drop them. */
export function unexportable(environment: Readonly<Record<string, string>>): string[] {
  return Object.keys(environment).filter((name) => !PLAIN.test(name));
}

/**
 * The shell through which the whole environment reaches a program: `sh` where it hands on every name, or every name is
 * one that any shell hands on; else bash, where it is there.
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

/** Whether a shell hands on such names. A shell that answered is not asked again; one that could not be run is. */
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
