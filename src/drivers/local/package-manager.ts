import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export type ManagerName = 'npm' | 'bun' | 'pnpm' | 'yarn';

interface Manager {
  /** Newest form first. */
  readonly locks: readonly string[];
  /** With a lock file: what it says, or a failure. */
  readonly frozen: readonly string[];
}

/** In the order in which a lock file decides, where a directory holds several. */
const MANAGERS: Readonly<Record<ManagerName, Manager>> = {
  npm: { locks: ['package-lock.json', 'npm-shrinkwrap.json'], frozen: ['ci'] },
  bun: { locks: ['bun.lock', 'bun.lockb'], frozen: ['install', '--frozen-lockfile'] },
  pnpm: { locks: ['pnpm-lock.yaml'], frozen: ['install', '--frozen-lockfile'] },
  yarn: { locks: ['yarn.lock'], frozen: ['install', '--immutable'] },
};
const NAMES = Object.keys(MANAGERS) as ManagerName[];

export type Choice =
  | {
      readonly ok: true;
      readonly manager: ManagerName;
      /** The program's absolute path. */
      readonly program: string;
      readonly args: readonly string[];
      /** The lock file that it goes by; null where there is none. */
      readonly lock: string | null;
    }
  | { readonly ok: false; readonly message: string };

/**
 * The package manager that the `packageManager` field or the lock file names, else bun where it is on PATH,
 * else npm; in its frozen form where there is a lock file (BEHAVIOUR A8).
 * @param path the PATH to look on.
 */
export async function chooseManager(
  directory: string,
  packageManager: unknown,
  path: string | undefined,
): Promise<Choice> {
  const named = fieldName(packageManager);
  if (named !== null && !isManager(named)) {
    return no(
      `package.json names the package manager "${named.slice(0, 64)}": use one of ${NAMES.join(', ')}, or toes.install: false`,
    );
  }
  const locked = named ?? (await managerOfLock(directory));
  const manager = locked ?? ((await findProgram('bun', path)) ? 'bun' : 'npm');
  const program = await findProgram(manager, path);
  if (!program) {
    const who = named
      ? 'package.json names'
      : locked
        ? 'The lock file is of'
        : 'The default package manager is';
    return no(`${who} ${manager}, which is not on PATH: install it for the user who runs the control plane`);
  }
  const lock = await firstThere(directory, MANAGERS[manager].locks);
  return { ok: true, manager, program, args: lock ? MANAGERS[manager].frozen : ['install'], lock };
}

function no(message: string): Choice {
  return { ok: false, message };
}

/** `pnpm@9.1.0+sha512…` → `pnpm`; null where the field says nothing. */
function fieldName(field: unknown): string | null {
  if (typeof field !== 'string') return null;
  return /^\s*([^@\s]+)/.exec(field)?.[1] ?? null;
}

function isManager(name: string): name is ManagerName {
  return Object.hasOwn(MANAGERS, name);
}

async function managerOfLock(directory: string): Promise<ManagerName | null> {
  for (const name of NAMES) if (await firstThere(directory, MANAGERS[name].locks)) return name;
  return null;
}

async function firstThere(directory: string, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const stats = await stat(join(directory, name)).catch(() => null);
    if (stats?.isFile()) return name;
  }
  return null;
}

/** The absolute path of a program that may be run; null where PATH has none. Relative entries are not searched. */
export async function findProgram(name: string, path: string | undefined): Promise<string | null> {
  for (const entry of (path ?? '').split(delimiter)) {
    if (!entry.startsWith('/')) continue;
    const program = join(entry, name);
    const runs = await access(program, constants.X_OK).then(
      () => stat(program).then((stats) => stats.isFile()),
      () => false,
    );
    if (runs) return program;
  }
  return null;
}
