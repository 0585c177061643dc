import type {
  AppFileRepair,
  AppFiles,
  AppObservation,
  Discovery,
  DiscoveryObserver,
} from '../../src/contracts/discovery.ts';
import { DEFAULT_HEALTH } from '../../src/core/health-check.ts';
import type { Manifest } from '../../src/core/manifest.ts';

/** Apps' directories as a test says they are: for tests that own time, and so can wait for no file system. */
export interface ScriptedFiles {
  readonly discovery: Discovery;
  readonly files: AppFiles & AppFileRepair;
  /** Makes an app's directory, or changes what it says, and tells it. */
  put(name: string, change?: Partial<AppObservation>): void;
  /** Moves the directory, as `mv` does. */
  move(from: string, to: string, change?: Partial<AppObservation>): void;
  /** Puts another directory in the place of a plain `current`, as `mv` does. */
  replaceCurrent(name: string): void;
  /** Takes the directory away, as `rm -r` does. */
  take(name: string): void;
  /** APPS_DIR itself goes (an error), or is back (null). While it is gone nothing is told of its directories. */
  loseAppsDir(error: string | null): void;
  /** Directories that are no apps. */
  readonly strays: Set<string>;
  readonly names: () => string[];
  /** The next call of this operation fails with this reason. */
  failNext(operation: FileOperation, reason: string): void;
  /** The next call of this operation never answers, as for a control plane that is killed in it. */
  hangNext(operation: FileOperation, when: 'before' | 'after'): void;
  /** Before the next call of this operation something happens. */
  before(operation: FileOperation, happen: () => void): void;
  /** Which temporary files were cleared up. */
  readonly cleared: string[];
}

export type FileOperation = 'rename' | 'trash' | 'activate' | 'writeIcon' | 'look' | 'restore';

export const MANIFEST: Manifest = {
  script: 'node server.js',
  icon: null,
  tool: null,
  health: DEFAULT_HEALTH,
  install: true,
  servesPort: true,
  restart: 'ON_FAILURE',
  startupTimeout: null,
  api: null,
  warnings: [],
};

export function createScriptedFiles(): ScriptedFiles {
  const folders = new Map<string, AppObservation>();
  const failures = new Map<string, string>();
  let observer: DiscoveryObserver | null = null;
  const hangs = new Map<string, 'before' | 'after'>();
  const happenings = new Map<string, () => void>();
  const strays = new Set<string>();
  const cleared: string[] = [];
  let made = 0;
  /** What the observer believes to be there. */
  const told = new Set<string>();
  /** Directories that were taken away come back as they were. */
  const taken = new Map<string, string | null>();
  let lost: string | null = null;

  function tellAll(): void {
    observer?.appsDir(lost === null ? { ok: true } : { ok: false, error: lost });
    for (const name of told) if (!folders.has(name)) tellGone(name);
    for (const folder of folders.values()) if (!folder.name.startsWith('.')) tellSeen(folder);
  }

  function tellSeen(folder: AppObservation): void {
    if (lost !== null) return;
    told.add(folder.name);
    observer?.seen(folder);
  }

  function tellGone(name: string): void {
    if (lost !== null) return;
    told.delete(name);
    observer?.gone(name);
  }

  async function doing<T>(operation: FileOperation, work: () => T): Promise<T> {
    const happen = happenings.get(operation);
    happenings.delete(operation);
    happen?.();
    const reason = failures.get(operation);
    failures.delete(operation);
    if (reason !== undefined) throw new Error(reason);
    const hang = hangs.get(operation);
    hangs.delete(operation);
    if (hang === 'before') return new Promise(() => {});
    const done = work();
    return hang === 'after' ? new Promise(() => {}) : done;
  }

  function place(name: string, observation: AppObservation): AppObservation {
    const { release } = observation;
    const directory = `/apps/${name}/${release ?? 'current'}`;
    // Releases stay; what a plain \`current\` is, only \`replaceCurrent\` changes.
    const directoryIdentity =
      release === null ? observation.directoryIdentity : `1:${release.replaceAll('-', '')}:1`;
    const placed = { ...observation, name, directory, directoryIdentity };
    folders.set(name, placed);
    return placed;
  }

  function shift(from: string, to: string): AppObservation {
    const folder = folders.get(from);
    if (!folder || folders.has(to)) throw new Error(`${from} cannot be moved to ${to}`);
    folders.delete(from);
    return place(to, folder);
  }

  const discovery: Discovery = {
    async start(to) {
      observer = to;
      told.clear();
      tellAll();
    },
    renamed(from, to) {
      told.delete(from);
      told.add(to);
    },
    removed() {},
    strays: () => [],
    async close() {
      observer = null;
    },
  };

  const files: AppFiles & AppFileRepair = {
    look: (name) => doing('look', () => folders.get(name) ?? null),
    exists: async (name) => folders.has(name) || strays.has(name),
    rename: (from, to) => doing('rename', () => void shift(from, to)),
    trash: (name) =>
      doing('trash', () => {
        shift(name, `.trash/${name}-${made++}`);
        return [...folders.keys()].at(-1) ?? '';
      }),
    restore: (trashed, name) => doing('restore', () => void shift(trashed, name)),
    async emptyTrash() {},
    async removeStrays(name) {
      cleared.push(name);
    },
    isTrashed: async (identity) =>
      [...folders.values()].some(
        (folder) => folder.name.startsWith('.trash') && folder.identity === identity,
      ),
    writeIcon: (name, icon) =>
      doing('writeIcon', () => {
        const folder = folders.get(name);
        if (!folder?.manifest.ok) return;
        place(name, { ...folder, manifest: { ok: true, manifest: { ...folder.manifest.manifest, icon } } });
      }),
    releases: async (name) =>
      ['20260102-000000', '20260101-000000'].map((release) => ({
        name: release,
        createdAt: 0,
        current: folders.get(name)?.release === release,
      })),
    activate: (name, release) =>
      doing('activate', () => {
        const folder = folders.get(name);
        if (folder) place(name, { ...folder, release });
      }),
  };

  return {
    discovery,
    files,
    put(name, change = {}) {
      const before = folders.get(name) ?? {
        name,
        identity: `inode-${made++}`,
        manifest: { ok: true, manifest: MANIFEST },
        release: null,
        directory: null,
        directoryIdentity: taken.get(name) ?? `1:${made++}:1`,
        lostTarget: null,
      };
      const placed = place(name, { ...before, ...change });
      tellSeen(placed);
    },
    move(from, to, change = {}) {
      const moved = place(to, { ...shift(from, to), ...change });
      tellGone(from);
      tellSeen(moved);
    },
    replaceCurrent(name) {
      const folder = folders.get(name);
      if (!folder) throw new Error(`There is no ${name}`);
      tellSeen(place(name, { ...folder, directoryIdentity: `1:${made++}:1` }));
    },
    take(name) {
      const folder = folders.get(name);
      if (!folder) return;
      taken.set(name, folder.directoryIdentity);
      folders.delete(name);
      tellGone(name);
    },
    loseAppsDir(error) {
      lost = error;
      tellAll();
    },
    strays,
    names: () => [...folders.keys()].filter((name) => !name.startsWith('.trash')),
    failNext: (operation, reason) => void failures.set(operation, reason),
    hangNext: (operation, when) => void hangs.set(operation, when),
    before: (operation, happen) => void happenings.set(operation, happen),
    cleared,
  };
}
