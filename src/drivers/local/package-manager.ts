import { relative } from 'node:path';
import type { Level, Project } from './project.ts';
import { findProgram, type Tool, toolAt } from './toolchain.ts';
import { type ManagerKind, rootOf, workspaceAround } from './workspace.ts';

type ManagerName = 'npm' | 'bun' | 'pnpm' | 'yarn';

interface Commands {
  /** With a lock file: what it says, or a failure. */
  readonly frozen: readonly string[];
  /** Without one. */
  readonly free: readonly string[];
}

/** In the order in which a lock file decides, where a directory holds several; newest form first. */
const LOCKS_OF: Readonly<Record<ManagerName, readonly string[]>> = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json'],
  bun: ['bun.lock', 'bun.lockb'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
};
const NAMES = Object.keys(LOCKS_OF) as ManagerName[];

const COMMANDS: Readonly<Record<ManagerKind, Commands>> = {
  npm: { frozen: ['ci'], free: ['install'] },
  bun: { frozen: ['install', '--frozen-lockfile'], free: ['install'] },
  pnpm: { frozen: ['install', '--frozen-lockfile'], free: ['install'] },
  // Of flags that it does not know, such as --immutable, Yarn 1 says nothing. Without --check-files it does not miss a
  // package that is gone.
  'yarn-classic': {
    frozen: ['install', '--frozen-lockfile', '--check-files'],
    free: ['install', '--check-files'],
  },
  // With CI=1 Yarn makes a lock file only with this option.
  'yarn-modern': { frozen: ['install', '--immutable'], free: ['install', '--no-immutable'] },
};

export type Choice =
  | {
      readonly ok: true;
      readonly manager: ManagerName;
      readonly kind: ManagerKind;
      /** Null where PATH has none. */
      readonly program: Program | null;
      /** What to say where there is no program. */
      readonly absence: string;
      readonly args: readonly string[];
      /** Where it installs: the release, or the root of its workspace. */
      readonly root: Level;
      /** Whether there is a lock file that it goes by. */
      readonly locked: boolean;
    }
  | { readonly ok: false; readonly message: string };

export interface Program {
  /** Absolute. */
  readonly path: string;
  readonly tool: Tool;
}

/** A package manager, and what says that it is this one. */
interface Named {
  readonly name: string;
  readonly version: string;
  readonly by: 'package.json' | 'lock file';
}

/**
 * The package manager that package.json (`packageManager`, `devEngines`) or the lock file names, of the release or of the
 * workspace around it; else bun where it is on PATH, else npm. In its frozen form where there is a lock file (docs/behavior.md A8).
 * @param above all directories above the release, the nearest first.
 * @param path the PATH to look on.
 */
export async function chooseManager(
  project: Project,
  release: Level,
  above: readonly Level[],
  path: string,
): Promise<Choice> {
  const named = namedIn(release) ?? (await namedAround(project, release, above));
  if (named && !isManager(named.name)) {
    return no(
      `package.json names the package manager "${named.name.slice(0, 64)}": use one of ${NAMES.join(', ')}, or toes.install: false`,
    );
  }
  const manager = (named?.name ?? ((await findProgram('bun', path)) ? 'bun' : 'npm')) as ManagerName;
  const found = await findProgram(manager, path);
  const program = found === null ? null : { path: found, tool: await toolAt(found) };
  const yarnLock = manager === 'yarn' ? await yarnLockText(project, release, above) : '';
  const kind =
    manager === 'yarn' ? yarnKind(named?.version ?? '', yarnLock, [release, ...above], program) : manager;
  const root = rootOf(kind, release, above);
  // An empty yarn.lock says where a project begins, and locks nothing.
  const locked =
    manager === 'yarn'
      ? yarnLock.trim() !== ''
      : [root, release].some(({ files }) => LOCKS_OF[manager].some((lock) => files.has(lock)));
  const { frozen, free } = COMMANDS[kind];
  const args = locked ? frozen : free;
  return { ok: true, manager, kind, program, absence: absenceOf(manager, named), args, root, locked };
}

function absenceOf(manager: ManagerName, named: Named | null): string {
  const who =
    named === null
      ? 'The default package manager is'
      : named.by === 'package.json'
        ? 'package.json names'
        : 'The lock file is of';
  return `${who} ${manager}, which is not on PATH: install it for the user who runs the control plane`;
}

function no(message: string): Choice {
  return { ok: false, message };
}

function namedIn({ manifest, files }: Level): Named | null {
  const name = fieldIn(manifest?.packageManager) ?? engineIn(manifest?.devEngines);
  if (name) return { ...name, by: 'package.json' };
  const lock = NAMES.find((manager) => LOCKS_OF[manager].some((file) => files.has(file)));
  return lock ? { name: lock, version: '', by: 'lock file' } : null;
}

/** A workspace of pnpm that does not know the release may lie around it by chance. */
async function namedAround(project: Project, release: Level, above: readonly Level[]): Promise<Named | null> {
  const workspace = workspaceAround(release, above);
  if (workspace) return namedIn(workspace);
  const ofPnpm = above.find(({ files }) => files.has('pnpm-workspace.yaml'));
  if (!ofPnpm) return release.files.has('pnpm-workspace.yaml') ? PNPM : null;
  const lock = await project.lockText(ofPnpm, 'pnpm-lock.yaml');
  const path = relative(ofPnpm.directory, release.directory);
  const isMember = [path, `'${path}'`, `"${path}"`].some((key) => lock.includes(`\n  ${key}:`));
  return isMember ? PNPM : null;
}
const PNPM: Named = { name: 'pnpm', version: '', by: 'lock file' };

/** `pnpm@9.1.0+sha512…` → pnpm, 9.1.0; null where the field says nothing. */
function fieldIn(field: unknown): Pick<Named, 'name' | 'version'> | null {
  if (typeof field !== 'string') return null;
  const [, name, version = ''] = /^\s*([^@\s]+)(?:@([^+\s]*))?/.exec(field) ?? [];
  return name === undefined ? null : { name, version };
}

/** `devEngines.packageManager`: an object with a name and a version, or a list of them. */
function engineIn(engines: unknown): Pick<Named, 'name' | 'version'> | null {
  const field = (engines as { packageManager?: unknown } | null | undefined)?.packageManager;
  const { name, version } = ((Array.isArray(field) ? field[0] : field) ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string') return null;
  return { name, version: typeof version === 'string' ? version : '' };
}

function isManager(name: string): name is ManagerName {
  return Object.hasOwn(LOCKS_OF, name);
}

async function yarnLockText(project: Project, release: Level, above: readonly Level[]): Promise<string> {
  const level = [release, workspaceAround(release, above)].find((one) => one?.files.has('yarn.lock'));
  return level ? project.lockText(level, 'yarn.lock') : '';
}

/**
 * A yarn of version 1 runs the project's own version where `.yarnrc.yml` names one. So the program's version comes last.
 * @param version as package.json names it.
 */
function yarnKind(
  version: string,
  lock: string,
  levels: readonly Level[],
  program: Program | null,
): ManagerKind {
  const major = Number.parseInt(version.replace(/^[^\d]*/, ''), 10);
  if (!Number.isNaN(major)) return major < 2 ? 'yarn-classic' : 'yarn-modern';
  if (lock.includes('# yarn lockfile v1')) return 'yarn-classic';
  if (lock.includes('__metadata:')) return 'yarn-modern';
  if (levels.some(({ files }) => files.has('.yarnrc.yml'))) return 'yarn-modern';
  const { name, version: found } = program?.tool.package ?? { name: '', version: '' };
  return name === 'corepack' || (name === 'yarn' && found.startsWith('1.')) ? 'yarn-classic' : 'yarn-modern';
}
