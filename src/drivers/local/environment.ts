import { statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { RunSpec } from '../../contracts/driver.ts';
import { parseDotenv } from '../../core/dotenv.ts';
import { reasonOf } from '../../core/errors.ts';
import { MARK_VARIABLE } from '../../core/run.ts';
import type { AppUser } from '../../host/app-user.ts';
import { DEFAULT_PATH } from '../../host/as-user.ts';
import { bitsFor, type Reader } from '../../host/exchangeable.ts';
import { readWithin } from '../../host/safe-read.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** TOES_TOKEN and TOES_URL are a run's own: what another control plane gave this process is not for those whom it starts. */
const CONTROL_PLANE = ['HOST', 'PORT', 'DATA_DIR', 'APPS_DIR', 'TOES_TOKEN', 'TOES_URL'];
/** In bytes, of a `.env` file: more would not fit into a process's environment. */
const LARGEST_FILE = 262_144;

/**
 * The host's variables as apps may see them: less the control plane's own, and less what npm adds when it
 * starts the control plane.
 * @param more names that the configuration takes besides `TOEHOLD_*`, HOST, PORT, DATA_DIR and APPS_DIR.
 * @param user as whom apps run; then they get but a few of the host's, and that user's own HOME, USER, LOGNAME and SHELL.
 * @param pass names that such a user's apps get besides; with `*` at the end all that begin so.
 */
export function hostVariables(
  host: Variables,
  more: readonly string[] = [],
  user: AppUser | null = null,
  pass: readonly string[] = [],
): Record<string, string> {
  const own = new Set([...CONTROL_PLANE, ...more]);
  const startedByNpm = Object.keys(host).some((name) => name.startsWith('npm_') || name === 'INIT_CWD');
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined || own.has(name) || name.startsWith('TOEHOLD_')) continue;
    if (name.startsWith('npm_') || name === 'INIT_CWD') continue;
    kept[name] = name === 'PATH' && startedByNpm ? withoutNpm(value) : value;
  }
  return user ? forUser(user, kept, pass) : kept;
}

/** What every program of another user may know of the server's environment. */
const HARMLESS = ['PATH', 'LANG', 'LC_*', 'TZ', 'TMPDIR'];

function forUser(
  user: AppUser,
  kept: Record<string, string>,
  pass: readonly string[],
): Record<string, string> {
  const names = [...HARMLESS, ...pass];
  const passed = Object.entries(kept).filter(
    ([name, value]) => names.some((one) => isNamed(one, name)) && (name !== 'TMPDIR' || mayUse(user, value)),
  );
  return {
    ...Object.fromEntries(passed),
    ...{ HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell },
  };
}

function isNamed(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** Root's own TMPDIR would be of no use: to write there needs all of read, write and pass. */
function mayUse(user: AppUser, directory: string): boolean {
  const stats = statSync(directory, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && bitsFor(user, stats) === 7;
}

function withoutNpm(path: string): string {
  return path
    .split(delimiter)
    .filter((entry) => !/\/(node_modules\/\.bin|node-gyp-bin)\/?$/.test(entry))
    .join(delimiter);
}

/**
 * The environment of one run (BEHAVIOUR A10), its installation's too, but for the release's own programs:
 * the host's variables, `<app>/.env`, `current/.env`, the run's own, the mark. Both files are read now.
 * @param within the real directory that both must lie in; null where they may lie anywhere.
 * @param user as whom the app runs; null: as whoever this process is.
 * @throws Error with a sentence, where a `.env` is there and cannot be taken.
 */
export async function runEnvironment(
  host: Variables,
  spec: RunSpec,
  within: string | null,
  user: AppUser | null = null,
): Promise<Record<string, string>> {
  const reader = readerOf(user, spec);
  return {
    PATH: DEFAULT_PATH,
    ...withoutUndefined(host),
    ...(await readDotenv(join(spec.appDirectory, '.env'), within, reader)),
    ...(await readDotenv(join(spec.releaseDirectory, '.env'), within, reader)),
    ...spec.variables,
    [MARK_VARIABLE]: spec.mark,
  };
}

/** With the release's own programs first on PATH: what a package manager's `run` would do for the script. */
export function withReleasePrograms(
  environment: Readonly<Record<string, string>>,
  releaseDirectory: string,
): Record<string, string> {
  const programs = join(releaseDirectory, 'node_modules', '.bin');
  return { ...environment, PATH: environment.PATH ? `${programs}${delimiter}${environment.PATH}` : programs };
}

function withoutUndefined(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

async function readDotenv(
  path: string,
  within: string | null,
  reader: Reader | null,
): Promise<Record<string, string>> {
  try {
    const file = await readWithin(path, LARGEST_FILE, within, reader);
    const variables = file ? parseDotenv(file.bytes.toString()) : new Map<string, string>();
    for (const [name, value] of variables) {
      // The system's own refusal would show the value, which may be a secret.
      if (value.includes('\0')) throw new Error(`${path}: ${name} has a NUL in its value; remove it`);
    }
    return Object.fromEntries(variables);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) {
      const advice = `${path} is not a file`;
      throw new Error(
        reasonOf(error) === advice ? `${advice}: put NAME=value lines in it, or remove it` : reasonOf(error),
      );
    }
    const advice = code === 'EACCES' ? ': make it readable, or remove it' : '';
    throw new Error(`${path} cannot be read (${code})${advice}`);
  }
}

/** For whom what is read for a run is read; null where apps run as whoever this process is. */
export function readerOf(user: AppUser | null, spec: RunSpec): Reader | null {
  return user && { user, places: [spec.appDirectory, spec.releaseDirectory] };
}

/** The real directory that what is read for an app must lie in, APPS_DIR; null where all are allowed. */
export async function boundsOf(spec: RunSpec, allowOutside: boolean): Promise<string | null> {
  const appsDir = dirname(spec.appDirectory);
  // Where it is gone, nothing lies in it.
  return allowOutside ? null : realpath(appsDir).catch(() => appsDir);
}
