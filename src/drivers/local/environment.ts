import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { parse } from 'dotenv';
import type { RunSpec } from '../../contracts/driver.ts';
import { MARK_VARIABLE } from './process-table.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

const CONTROL_PLANE = ['HOST', 'PORT', 'DATA_DIR', 'APPS_DIR'];
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const LARGEST_FILE = 1_048_576;

/**
 * The host's variables as apps may see them: less the control plane's own, and less what npm adds when it
 * starts the control plane.
 * @param more names that the configuration takes besides `TOEHOLD_*`, HOST, PORT, DATA_DIR and APPS_DIR.
 */
export function hostVariables(host: Variables, more: readonly string[] = []): Record<string, string> {
  const own = new Set([...CONTROL_PLANE, ...more]);
  const startedByNpm = Object.keys(host).some((name) => name.startsWith('npm_') || name === 'INIT_CWD');
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined || own.has(name) || name.startsWith('TOEHOLD_')) continue;
    if (name.startsWith('npm_') || name === 'INIT_CWD') continue;
    kept[name] = name === 'PATH' && startedByNpm ? withoutNpm(value) : value;
  }
  return kept;
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
 * @throws Error with a sentence, where a `.env` is there and cannot be taken.
 */
export async function runEnvironment(host: Variables, spec: RunSpec): Promise<Record<string, string>> {
  return {
    PATH: DEFAULT_PATH,
    ...withoutUndefined(host),
    ...(await readDotenv(join(spec.appDirectory, '.env'))),
    ...(await readDotenv(join(spec.releaseDirectory, '.env'))),
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

async function readDotenv(path: string): Promise<Record<string, string>> {
  // Without O_NONBLOCK a FIFO of that name would hang here.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      const advice = error.code === 'EACCES' ? ': make it readable, or remove it' : '';
      throw new Error(`${path} cannot be read (${error.code})${advice}`);
    },
  );
  if (!file) return {};
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error(`${path} is not a file: put NAME=value lines in it, or remove it`);
    if (stats.size > LARGEST_FILE) {
      throw new Error(`${path} has ${stats.size} bytes: at most ${LARGEST_FILE} are taken`);
    }
    return parse(await file.readFile());
  } finally {
    await file.close();
  }
}
