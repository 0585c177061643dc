import { statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { RunSpec } from '../../contracts/driver.ts';
import { parseDotenv } from '../../core/dotenv.ts';
import { reasonOf } from '../../core/errors.ts';
import { MARK_VARIABLE } from '../../core/run.ts';
import type { AppUser } from '../../host/app-user.ts';
import { bitsFor, type Reader } from '../../host/exchangeable.ts';
import { readWithin } from '../../host/safe-read.ts';
import { DEFAULT_PATH } from '../../host/shell.ts';
import { scriptRunnerOf } from './script-runner.ts';

export type Variables = Readonly<Record<string, string | undefined>>;
export type AppVariables = Readonly<Record<string, string>>;

/** TOES_TOKEN and TOES_URL are a run's own: what another control plane gave this process is not for those whom it starts. */
const CONTROL_PLANE = ['HOST', 'PORT', 'DATA_DIR', 'APPS_DIR', 'TOES_TOKEN', 'TOES_URL'];
/** In bytes, of a `.env` file: more would not fit into a process's environment. */
const LARGEST_FILE = 262_144;

/** Which of the host's variables others get. */
interface HostRules {
  /** Names that the configuration takes besides `TOEHOLD_*`, HOST, PORT, DATA_DIR and APPS_DIR. */
  readonly own?: readonly string[];
  /** As whom apps run; then they get but a few of the host's, and that user's own HOME, USER, LOGNAME and SHELL. */
  readonly user?: AppUser | null;
  /** Names that such a user's apps get besides; with `*` at the end all that begin so. */
  readonly pass?: readonly string[];
}

/**
 * The host's variables as apps may see them: less the control plane's own, and less what npm adds when it
 * starts the control plane.
 */
export function hostVariables(host: Variables, rules: HostRules = {}): Record<string, string> {
  return visible(host, rules, () => false);
}

/**
 * The same for installations: with the host's options for package managers (npm_config_registry), also where npm
 * starts the control plane, and without NODE_ENV, by which they would leave out devDependencies.
 */
export function installVariables(host: Variables, rules: HostRules = {}): Record<string, string> {
  const runner = scriptRunnerOf(host);
  const { NODE_ENV: _, ...kept } = visible(
    host,
    rules,
    (name, value) => runner?.passesOn(name, value) ?? false,
  );
  return kept;
}

function visible(
  host: Variables,
  { own = [], user = null, pass = [] }: HostRules,
  isOption: (name: string, value: string) => boolean,
): Record<string, string> {
  const hidden = new Set([...CONTROL_PLANE, ...own]);
  const runner = scriptRunnerOf(host);
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined || hidden.has(name) || name.startsWith('TOEHOLD_')) continue;
    if (runner?.sets(name) && !isOption(name, value)) continue;
    kept[name] = name === 'PATH' && runner ? runner.cleaned(value) : value;
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

/**
 * The environment of a run's script (docs/behavior.md A10): the host's variables, the app's, the run's own, the mark.
 * The release's own programs come first on PATH, as with a package manager's `run`.
 * @param host the host's variables, as apps may see them.
 */
export function runEnvironment(host: AppVariables, app: AppVariables, spec: RunSpec): Record<string, string> {
  const variables = {
    PATH: DEFAULT_PATH,
    ...host,
    ...app,
    ...spec.variables,
    [MARK_VARIABLE]: spec.mark,
  };
  const programs = join(spec.releaseDirectory, 'node_modules', '.bin');
  return { ...variables, PATH: variables.PATH ? `${programs}${delimiter}${variables.PATH}` : programs };
}

/**
 * The app's own variables: `<app>/.env`, then `current/.env`, as both are now.
 * @param within the real directory that both must lie in; null where they may lie anywhere.
 * @param user as whom the app runs; null: as the user of this process.
 * @throws Error with a sentence, if a `.env` is there and cannot be used.
 */
export async function readAppVariables(
  spec: RunSpec,
  within: string | null,
  user: AppUser | null = null,
): Promise<AppVariables> {
  const reader = readerOf(user, spec);
  return {
    ...(await readDotenv(join(spec.appDirectory, '.env'), within, reader)),
    ...(await readDotenv(join(spec.releaseDirectory, '.env'), within, reader)),
  };
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

/** As whom an app's files are read; null where apps run as the user of this process. */
export function readerOf(user: AppUser | null, spec: RunSpec): Reader | null {
  return user && { user, places: [spec.appDirectory, spec.releaseDirectory] };
}

/** The real directory that what is read for an app must lie in, APPS_DIR; null where all are allowed. */
export async function boundsOf(spec: RunSpec, allowOutside: boolean): Promise<string | null> {
  const appsDir = dirname(spec.appDirectory);
  // Where it is gone, nothing lies in it.
  return allowOutside ? null : realpath(appsDir).catch(() => appsDir);
}
