import { execFile, type SpawnOptions } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MARK_VARIABLE } from '../core/run.ts';
import type { AppUser } from './app-user.ts';
import { DEFAULT_PATH, SH, type Shell, unexportable } from './shell.ts';

/** The exit code of the shell in front of a program that cannot be run. No package manager exits with it. */
export const CANNOT_RUN = 125;

/**
 * `$1` is the directory. The path is resolved as the user, because the user may have exchanged it since it was looked
 * at. The program gets the environment that a start in that directory gives: no OLDPWD, and PWD without symlinks.
 */
const ENTER_DIRECTORY = `cd -P -- "$1" || exit ${CANNOT_RUN}; shift; unset OLDPWD`;

/** Enters a directory and runs the program in place of the shell. */
const ENTER = `${ENTER_DIRECTORY}; exec "$@"`;

/** The same, with the environment from fd 3. Names that the shell reserves are left out. */
const ENTER_WITH_ENVIRONMENT = `${ENTER_DIRECTORY}; eval "$(cat <&3)"; exec 3<&-; exec "$@"`;

/** What a program is to be started with. */
export interface Start {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
  /** The shell in front of the program, where one is needed. It must hand the environment on. */
  readonly shell?: Shell;
}

/** How to spawn a program so that nothing runs as root in an environment that an app may have set. */
export interface Launch extends Start {
  readonly ids: Pick<SpawnOptions, 'uid' | 'gid'>;
  /** Becomes the child's fd 3; the caller then closes it. Null: none. */
  readonly input: FileHandle | null;
}

/**
 * Runs a program as the user, or as the user of this process where `user` is null.
 *
 * The ids are set between fork and exec, where the environment has no effect. That drops supplementary groups. Where the
 * user has some, setpriv sets them in an environment of our own, and a shell of the user then reads the program's
 * environment from a file; arguments would show it to every user of the machine. The shell also enters the directory:
 * Node would do that before the ids are set, with root's rights.
 * @param directory the run's, where only this process may write.
 */
export async function launchAs(user: AppUser | null, start: Start, directory: string): Promise<Launch> {
  if (!user) return { ...start, ids: {}, input: null };
  const { program, args, environment, cwd } = start;
  const [shell, ...flags] = start.shell ?? SH;
  const entry = (script: string): string[] => [...flags, '-c', script, 'sh', cwd, program, ...args];
  const { setpriv, uid, gid } = user;
  if (setpriv === null) {
    const ids = { uid, gid };
    return { program: shell, args: entry(ENTER), environment, cwd: '/', ids, input: null };
  }
  return {
    program: setpriv,
    args: [...privileges(user), shell, ...entry(ENTER_WITH_ENVIRONMENT)],
    environment: {
      PATH: DEFAULT_PATH,
      [MARK_VARIABLE]: environment[MARK_VARIABLE] ?? '',
      // A shell cannot set these, and no loader or library reads them.
      ...Object.fromEntries(unexportable(environment).map((name) => [name, environment[name] ?? ''])),
    },
    cwd: '/',
    ids: {},
    input: await namelessFile(directory, exportsOf(environment)),
  };
}

/** Starts a program as that user, in an environment of our own. */
export function asUser(
  user: AppUser,
  program: string,
  args: readonly string[],
): Pick<Launch, 'program' | 'args' | 'ids'> {
  const { uid, gid, setpriv } = user;
  if (setpriv === null) return { program, args, ids: { uid, gid } };
  return { program: setpriv, args: [...privileges(user), program, ...args], ids: {} };
}

function privileges({ uid, gid, groups }: AppUser): string[] {
  return ['--reuid', `${uid}`, '--regid', `${gid}`, '--groups', groups.join(','), '--inh-caps=-all'];
}

function exportsOf(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .map(([name, value]) => `command export ${name}='${value.replaceAll("'", "'\\''")}' 2>/dev/null\n`)
    .join('');
}

/** A file that loses its name before it gets content: no secret is left if this process is killed here. */
async function namelessFile(directory: string, text: string): Promise<FileHandle> {
  const path = join(directory, '.environment');
  await rm(path, { force: true });
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  try {
    await rm(path);
    const bytes = Buffer.from(text);
    // At a position, so that the file's own position stays at its start, where the child reads.
    for (let at = 0; at < bytes.length; )
      at += (await file.write(bytes, at, bytes.length - at, at)).bytesWritten;
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

const MAY_ENTER = 'cd "$1" && [ -r . ] || exit 3; [ "$2" = enter ] || [ -w . ] || exit 4';
const PROBE_TIMEOUT = 5_000;

/**
 * Whether the user may enter a directory, or write to it. A shell of that user tries.
 * @returns a sentence where it may not; null where it may, or that cannot be found out.
 */
export async function directoryProblem(
  user: AppUser,
  directory: string,
  use: 'enter' | 'write',
): Promise<string | null> {
  const code = await probe(user, MAY_ENTER, directory, use);
  if (code !== 3 && code !== 4) return null;
  const what = code === 3 ? 'enter and read' : 'write';
  return `${user.name}, as whom apps run (TOEHOLD_APP_USER), may not ${what} it: give it to that user (chown -R)`;
}

/** Whether the user may write to a directory; true where that cannot be found out. */
export async function mayWriteTo(user: AppUser, directory: string): Promise<boolean> {
  return (await probe(user, 'cd "$1" && [ -w . ] || exit 3', directory)) !== 3;
}

async function probe(user: AppUser, script: string, ...values: readonly string[]): Promise<unknown> {
  const { program, args, ids } = asUser(user, '/bin/sh', ['-c', script, 'sh', ...values]);
  const options = { ...ids, cwd: '/', env: { PATH: DEFAULT_PATH }, timeout: PROBE_TIMEOUT };
  return new Promise((resolve) => {
    execFile(program, [...args], options, (error) => resolve(error?.code ?? 0));
  });
}
