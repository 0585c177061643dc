import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { InstallStore } from '../../contracts/stores.ts';
import { reasonOf } from '../../core/errors.ts';
import type { Reader } from '../../host/exchangeable.ts';
import { DEFAULT_PATH } from '../../host/shell.ts';
import { isPlugAndPlay, type Modules, modulesOf } from './modules.ts';
import { type Choice, chooseManager } from './package-manager.ts';
import { type Contents, type Level, type Package, Project } from './project.ts';
import { platformOn } from './toolchain.ts';

type InstallPlan =
  | { readonly kind: 'NOTHING' }
  | { readonly kind: 'IMPOSSIBLE'; readonly message: string }
  | Installation;

export interface Installation {
  readonly kind: 'INSTALL';
  /** The real directory that is installed in: the release, or the root of its workspace. */
  readonly directory: string;
  readonly program: string;
  readonly args: readonly string[];
  /** As a person would type it. */
  readonly command: string;
  /** Variables that the package manager's configuration names. */
  readonly named: readonly string[];
  /** Forgets what was installed: nothing describes the directory while it is changed. */
  readonly forget: () => void;
  /** Keeps what the next start compares with. To be called when the installation ended with 0. */
  readonly finish: (at: number) => Promise<Finish>;
}

/** What an installation that ended with 0 left: not always what it should have installed. */
export type Finish = { readonly ok: true } | { readonly ok: false; readonly message: string };

interface PlanOptions {
  /** The PATH to look for package managers on. */
  readonly path?: string | undefined;
  readonly installs: InstallStore;
  /** The real directory that what is read must lie in; null where it may lie anywhere. */
  readonly within?: string | null;
  /** For whom it is read, where apps run as another user. */
  readonly reader?: Reader | null;
}

/** Of Yarn's archives: which packages they hold is not looked at. */
const ARCHIVED: Modules = { there: ['.pnp.cjs'], missing: [], needed: 0 };
type Chosen = Extract<Choice, { ok: true }>;

/** How many levels of lists and objects a package.json may have. */
const DEEPEST = 100;
const MOST_TOLD = 5;

/** Changes in these install nothing else. */
const IRRELEVANT = new Set(['toes', 'scripts', 'name', 'version']);
const DEPENDENCY_FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'workspaces',
];

/** What a release needs installed, and how (docs/behavior.md A8). Never throws. */
export async function planInstall(releaseDirectory: string, options: PlanOptions): Promise<InstallPlan> {
  const { path = DEFAULT_PATH, installs, within = null, reader = null } = options;
  try {
    const directory = await realpath(releaseDirectory);
    const project = new Project(within, reader);
    const release = await project.release(directory);
    if (!needsManager(release)) return { kind: 'NOTHING' };
    const choice = await chooseManager(project, release, await project.above(directory), path);
    if (!choice.ok) return { kind: 'IMPOSSIBLE', message: choice.message };
    const installation = new InstalledState(project, release, choice, await platformOn(path), installs);
    if (await installation.isThere()) return { kind: 'NOTHING' };
    if (choice.program === null) return { kind: 'IMPOSSIBLE', message: choice.absence };
    return {
      kind: 'INSTALL',
      directory: choice.root.directory,
      program: choice.program.path,
      args: choice.args,
      command: [choice.manager, ...choice.args].join(' '),
      named: await installation.named(),
      forget: () => installation.forget(),
      finish: (at) => installation.finish(at),
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

/**
 * Why no package manager could install what a release needs: it is not on PATH, or is none that is known. Null where one could, or
 * nothing is needed. @throws the system's error
 */
export async function lacksManager(
  releaseDirectory: string,
  { path = DEFAULT_PATH, within = null, reader = null }: Omit<PlanOptions, 'installs'>,
): Promise<string | null> {
  const directory = await realpath(releaseDirectory);
  const project = new Project(within, reader);
  const release = await project.release(directory);
  if (!needsManager(release)) return null;
  const choice = await chooseManager(project, release, await project.above(directory), path);
  if (!choice.ok) return choice.message;
  return choice.program === null ? choice.absence : null;
}

function needsManager({ manifest, files }: Level): boolean {
  return files.has('pnpm-workspace.yaml') || DEPENDENCY_FIELDS.some((field) => hasEntries(manifest?.[field]));
}

/**
 * What is installed for a release, as two keys: of what the root was installed by, which all members of a workspace share,
 * and of what the release has. So one installation serves all members, and each notices what it misses.
 */
class InstalledState {
  private readonly project: Project;
  private readonly release: Level;
  private readonly choice: Chosen;
  private readonly platform: string;
  private readonly installs: InstallStore;
  /** As they were when the installation was planned. */
  private contents: Promise<readonly [Contents, Contents]>;

  constructor(project: Project, release: Level, choice: Chosen, platform: string, installs: InstallStore) {
    this.project = project;
    this.release = release;
    this.choice = choice;
    this.platform = platform;
    this.installs = installs;
    this.contents = this.read();
    // The methods that need it await it.
    this.contents.catch(() => {});
  }

  async isThere(): Promise<boolean> {
    const { installs } = this;
    if (!(await this.isOfRoot(installs.get(this.rootPlace)))) return false;
    const modules = await this.modules();
    const kept = installs.get(this.modulesPlace);
    // Installed for another member of the workspace.
    if (kept === null) return modules.missing.length === 0;
    return kept === (await this.modulesKey(modules));
  }

  /** A package manager that is gone since is not needed, as long as nothing else has changed. */
  private async isOfRoot(key: string | null): Promise<boolean> {
    const wanted = await this.rootKey();
    return this.choice.program === null ? key?.split(':')[0] === wanted.split(':')[0] : key === wanted;
  }

  async named(): Promise<readonly string[]> {
    return (await this.contents).flatMap(({ named }) => named);
  }

  forget(): void {
    this.installs.forget(this.rootPlace);
    this.installs.forget(this.modulesPlace);
  }

  async finish(at: number): Promise<Finish> {
    const modules = await this.modules();
    if (this.failed(modules)) return { ok: false, message: this.incomplete(modules.missing) };
    // A first installation makes its lock file; one that was there is what it went by, even if edited since.
    if (!this.choice.locked) this.contents = this.read();
    const keys = [await this.rootKey(), await this.modulesKey(modules)] as const;
    this.installs.set(this.rootPlace, keys[0], at);
    this.installs.set(this.modulesPlace, keys[1], at);
    return { ok: true };
  }

  /** Yarn and bun leave out packages for other systems without an error: there, all of them must be missing. */
  private failed({ missing, needed }: Modules): boolean {
    const { kind } = this.choice;
    const leavesOut = kind === 'yarn-modern' || kind === 'bun';
    return missing.length > 0 && (!leavesOut || missing.length === needed);
  }

  private incomplete(missing: readonly string[]): string {
    const { manager, kind, root } = this.choice;
    const more = missing.length > MOST_TOLD ? `, and ${missing.length - MOST_TOLD} more` : '';
    const what = `${manager} ended with code 0, but did not install ${missing.slice(0, MOST_TOLD).join(', ')}${more}`;
    if (kind !== 'pnpm' || root === this.release) return `${what}: see the log`;
    const path = relative(root.directory, this.release.directory);
    return `${what}: see the log, and name ${path} in ${join(root.directory, 'pnpm-workspace.yaml')}`;
  }

  private get rootPlace(): string {
    return this.choice.root.directory;
  }

  private get modulesPlace(): string {
    return join(this.release.directory, 'node_modules');
  }

  private async read(): Promise<readonly [Contents, Contents]> {
    const { project, release, choice } = this;
    const ofRoot = await project.contents(choice.root.directory);
    return [ofRoot, release === choice.root ? ofRoot : await project.contents(release.directory)];
  }

  private async rootKey(): Promise<string> {
    const { choice, platform } = this;
    const [{ digest }] = await this.contents;
    const key = digestOf([relevant(choice.root.manifest), digest, choice.kind, platform]);
    return `${key}:${digestOf([choice.program?.tool.identity])}`;
  }

  private async modulesKey({ there }: Modules): Promise<string> {
    const [, { digest }] = await this.contents;
    return digestOf([relevant(this.release.manifest), digest, there]);
  }

  private async modules(): Promise<Modules> {
    const { release, choice } = this;
    const { directory } = choice.root;
    const isArchived = choice.manager === 'yarn' && (await isPlugAndPlay(directory));
    return isArchived ? ARCHIVED : modulesOf(release, directory);
  }
}

function digestOf(values: readonly unknown[]): string {
  return createHash('sha256').update(canonical(values)).digest('hex');
}

function relevant(manifest: Package | null): unknown {
  return Object.fromEntries(Object.entries(manifest ?? {}).filter(([name]) => !IRRELEVANT.has(name)));
}

function hasEntries(field: unknown): boolean {
  return typeof field === 'object' && field !== null && Object.keys(field).length > 0;
}

/** JSON with its names in order: the order in the file says nothing. @throws Error where it is nested too deeply. */
function canonical(value: unknown, level = 0): string {
  if (level > DEEPEST + 1)
    throw new Error(`package.json is nested deeper than ${DEEPEST} levels: make it flatter`);
  if (Array.isArray(value)) return `[${value.map((inner) => canonical(inner, level + 1)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner, level + 1)}`).join(',')}}`;
}
