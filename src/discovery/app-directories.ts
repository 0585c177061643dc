import { join } from 'node:path';
import type { Clock } from '../contracts/clock.ts';
import type { AppFileRepair, AppFiles, AppObservation, Stray } from '../contracts/discovery.ts';
import { nameProblem } from '../core/app.ts';
import type { Release } from '../core/release.ts';
import type { AppUser } from '../host/app-user.ts';
import { type Acts, actsIn } from './acts.ts';
import { entryPath, isThere, writableAppDirectory } from './app-directory.ts';
import { type AppsRoot, openAppsRoot } from './apps-root.ts';
import { emptyTrash } from './empty-trash.ts';
import { KeyedLock } from './keyed-lock.ts';
import { lookAt } from './look.ts';
import { isEntryName } from './paths.ts';
import { activateRelease, listReleases, STRAY_CURRENT } from './releases.ts';
import { strayOf } from './strays.ts';
import { hasTrashed, moveFromTrash, moveToTrash, TRASH } from './trash.ts';
import { removeStrayManifest, writeIconFile } from './write-icon.ts';

export interface AppFilesOptions {
  readonly appsDir: string;
  readonly clock: Clock;
  /** The time by which the trash is old enough: `SteadyTime.earliest`. Left out: the clock's. */
  readonly earliest?: () => number;
  /** Whether apps may lie outside of APPS_DIR. */
  readonly allowOutside: boolean;
  /** The user as whom apps run (TOEHOLD_APP_USER). Null, or left out: the user of this process. */
  readonly user?: AppUser | null;
  /** Takes a sentence for a person about a failure that no caller waits for. */
  readonly warn?: (message: string) => void;
}

/** Everything the control plane does to apps' directories. Operations on one app run one at a time. */
export class AppDirectories implements AppFiles, AppFileRepair {
  private readonly options: AppFilesOptions;
  private readonly user: AppUser | null;
  private readonly lock = new KeyedLock();

  constructor(options: AppFilesOptions) {
    this.options = options;
    this.user = options.user ?? null;
  }

  async look(name: string): Promise<AppObservation | null> {
    try {
      return (await lookAt(await this.open(), name))?.observation ?? null;
    } catch {
      return null;
    }
  }

  /** What the directory is if it is no app; null where it is one, or cannot be looked at. */
  async stray(name: string): Promise<Stray | null> {
    try {
      return strayOf(name, await lookAt(await this.open(), name));
    } catch {
      return null;
    }
  }

  async exists(name: string): Promise<boolean> {
    // A name that the system refuses to look up is not free either.
    return isEntryName(name) && (await isThere(join(this.options.appsDir, name)).catch(() => true));
  }

  rename(from: string, to: string): Promise<void> {
    return this.lock.run([from, to], async () => {
      const problem = nameProblem(to);
      if (problem !== null) throw new Error(problem);
      const root = await this.open();
      const [source, target] = [entryPath(root, from), entryPath(root, to)];
      // rename(2) replaces no file and no directory that is not empty. This look is for the clear message, and for an
      // empty directory.
      if (await isThere(target)) throw new Error(`APPS_DIR has something named ${to} already`);
      await (await actsIn(this.user, [root.real])).rename(source, target);
    });
  }

  trash(name: string): Promise<string> {
    return this.lock.run([name], async () => {
      const root = await this.open();
      entryPath(root, name);
      return moveToTrash(await this.rootActs(root), root.real, name, this.options.clock.now());
    });
  }

  restore(trashed: string, name: string): Promise<void> {
    return this.lock.run([name], async () => {
      const root = await this.open();
      await moveFromTrash(await this.rootActs(root), root.real, trashed, entryPath(root, name));
    });
  }

  emptyTrash(olderThanMs: number): Promise<void> {
    const { appsDir, clock, earliest = () => clock.now(), warn = () => {} } = this.options;
    return emptyTrash({ appsDir, user: this.user, before: earliest() - olderThanMs, warn });
  }

  writeIcon(name: string, icon: string | null): Promise<void> {
    return this.onApp(name, (directory, root) => writeIconFile(root, directory, icon));
  }

  async releases(name: string): Promise<readonly Release[]> {
    try {
      return await listReleases(await writableAppDirectory(await this.open(), name));
    } catch {
      return [];
    }
  }

  activate(name: string, release: string): Promise<void> {
    return this.onApp(name, async (directory, root) =>
      activateRelease(await actsIn(this.user, [root.real, directory]), directory, release),
    );
  }

  async isTrashed(identity: string): Promise<boolean> {
    return hasTrashed((await this.open()).real, identity);
  }

  removeStrays(name: string): Promise<void> {
    return this.onApp(name, async (directory, root) => {
      await (await actsIn(this.user, [root.real, directory])).remove(join(directory, STRAY_CURRENT));
      await removeStrayManifest(root, directory);
    });
  }

  private open(): Promise<AppsRoot> {
    return openAppsRoot(this.options.appsDir, this.options.allowOutside, this.user);
  }

  private onApp<T>(name: string, work: (directory: string, root: AppsRoot) => Promise<T>): Promise<T> {
    return this.lock.run([name], async () => {
      const root = await this.open();
      return work(await writableAppDirectory(root, name), root);
    });
  }

  /** For changes in APPS_DIR and its trash. */
  private rootActs(root: AppsRoot): Promise<Acts> {
    return actsIn(this.user, [root.real, join(root.real, TRASH)]);
  }
}
