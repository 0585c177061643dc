import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstallStore } from '../../contracts/stores.ts';
import { reasonOf } from '../../core/errors.ts';
import type { Reader } from '../../host/exchangeable.ts';
import { OutsideError, readWithin } from '../../host/safe-read.ts';
import { chooseManager } from './package-manager.ts';

export type InstallPlan =
  | { readonly kind: 'NOTHING' }
  | { readonly kind: 'IMPOSSIBLE'; readonly message: string }
  | {
      readonly kind: 'INSTALL';
      /** The real directory: the store's key, and the installation's cwd. */
      readonly directory: string;
      readonly program: string;
      readonly args: readonly string[];
      /** As a person would type it. */
      readonly command: string;
      /** What the next start compares with; to be asked for when the installation has succeeded. */
      readonly key: () => Promise<string>;
    };

type Package = Readonly<Record<string, unknown>>;

/** In bytes. */
const LARGEST_PACKAGE = 1_048_576;
const LARGEST_LOCK = 64 * 1_048_576;
const HASHED_AT_ONCE = 1_048_576;
/** How many levels of lists and objects a package.json may have. */
const DEEPEST = 100;

/** Changes in these install nothing else. */
const IRRELEVANT = new Set(['toes', 'scripts', 'name', 'version']);
const DEPENDENCY_FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'workspaces',
];
const LOCKS = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'bun.lock',
  'bun.lockb',
  'pnpm-lock.yaml',
  'yarn.lock',
];

/**
 * What a release needs installed, and how (BEHAVIOUR A8). Never throws.
 * @param path the PATH to look for package managers on.
 * @param within the real directory that what is read must lie in; null where it may lie anywhere.
 * @param reader for whom it is read, where apps run as another user.
 */
export async function planInstall(
  releaseDirectory: string,
  path: string | undefined,
  installs: InstallStore,
  within: string | null = null,
  reader: Reader | null = null,
): Promise<InstallPlan> {
  try {
    const directory = await realpath(releaseDirectory);
    const manifest = await readPackage(directory, within, reader);
    if (!DEPENDENCY_FIELDS.some((field) => hasEntries(manifest[field]))) return { kind: 'NOTHING' };
    const locks = await readLocks(directory, within, reader);
    const modules = await stat(join(directory, 'node_modules')).catch(() => null);
    if (modules?.isDirectory() && installs.get(directory) === keyOf(manifest, locks))
      return { kind: 'NOTHING' };
    const choice = await chooseManager(directory, manifest.packageManager, path);
    if (!choice.ok) return { kind: 'IMPOSSIBLE', message: choice.message };
    return {
      kind: 'INSTALL',
      directory,
      program: choice.program,
      args: choice.args,
      command: [choice.manager, ...choice.args].join(' '),
      // A first installation makes its lock file; one that was there is what it went by, even if edited since.
      key: async () => keyOf(manifest, choice.lock ? locks : await readLocks(directory, within, reader)),
    };
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      kind: 'IMPOSSIBLE',
      message: gone
        ? `${releaseDirectory} is gone, or its package.json is`
        : `${releaseDirectory}: ${reasonOf(error)}`,
    };
  }
}

async function readPackage(
  directory: string,
  within: string | null,
  reader: Reader | null,
): Promise<Package> {
  const file = await readWithin(join(directory, 'package.json'), LARGEST_PACKAGE, within, reader);
  if (!file) throw new Error('package.json is gone');
  const found = parsed(file.bytes.toString().replace(/^\uFEFF/, ''));
  if (typeof found !== 'object' || found === null) throw new Error('package.json is not an object');
  return found as Package;
}

/** Without the parser's reason, which quotes the text: who may read our messages may not be who may read the file. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('package.json is not JSON');
  }
}

function hasEntries(field: unknown): boolean {
  return typeof field === 'object' && field !== null && Object.keys(field).length > 0;
}

/** The lock files' content, by name, as one digest. */
async function readLocks(directory: string, within: string | null, reader: Reader | null): Promise<string> {
  const hash = createHash('sha256');
  for (const name of LOCKS) {
    const file = await readWithin(join(directory, name), LARGEST_LOCK, within, reader).catch((error) => {
      if (error instanceof OutsideError) throw error;
      return null;
    });
    if (!file) continue;
    hash.update(`${name}\0${file.bytes.length}\0`);
    // A large one takes a quarter of a second: others get their turn in between.
    for (let at = 0; at < file.bytes.length; at += HASHED_AT_ONCE) {
      hash.update(file.bytes.subarray(at, at + HASHED_AT_ONCE));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return hash.digest('hex');
}

function keyOf(manifest: Package, locks: string): string {
  const relevant = Object.fromEntries(Object.entries(manifest).filter(([name]) => !IRRELEVANT.has(name)));
  return createHash('sha256').update(canonical(relevant)).update(locks).digest('hex');
}

/** JSON with its names in order: the order in the file says nothing. @throws Error where it is nested too deeply. */
function canonical(value: unknown, level = 0): string {
  if (level > DEEPEST)
    throw new Error(`package.json is nested deeper than ${DEEPEST} levels: make it flatter`);
  if (Array.isArray(value)) return `[${value.map((inner) => canonical(inner, level + 1)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner, level + 1)}`).join(',')}}`;
}
