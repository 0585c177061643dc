import { join } from 'node:path';
import type { Clock } from '../contracts/clock.ts';
import type { AppFileRepair, AppFiles } from '../contracts/discovery.ts';
import { nameProblem } from '../core/app.ts';
import type { AppUser } from '../host/app-user.ts';
import { type Acts, actsIn } from './acts.ts';
import { entryPath, isThere, writableAppDirectory } from './app-directory.ts';
import { type AppsRoot, openAppsRoot } from './apps-root.ts';
import { emptyTrash } from './empty-trash.ts';
import { createKeyedLock } from './keyed-lock.ts';
import { lookAt } from './look.ts';
import { isEntryName } from './paths.ts';
import { activateRelease, listReleases, STRAY_CURRENT } from './releases.ts';
import { hasTrashed, moveFromTrash, moveToTrash, TRASH } from './trash.ts';
import { removeStrayManifest, writeIconFile } from './write-icon.ts';

export interface AppFilesOptions {
  readonly appsDir: string;
  readonly clock: Clock;
  /** The time by which the trash is old enough: `SteadyTime.earliest`. Left out: the clock's. */
  readonly earliest?: () => number;
  /** Whether apps may lie outside of APPS_DIR. */
  readonly allowOutside: boolean;
  /** As whom apps run (TOEHOLD_APP_USER); as whoever this process is where it is not given, or null. */
  readonly user?: AppUser | null;
  /** Takes a sentence for a person, of what went wrong where nobody waits for an answer. */
  readonly warn?: (message: string) => void;
}

/** Everything the control plane does to apps' directories. Works on one app are done one at a time. */
export function createAppFiles(options: AppFilesOptions): AppFiles & AppFileRepair {
  const { appsDir, clock, earliest = clock.now, allowOutside, user = null, warn = () => {} } = options;
  const lock = createKeyedLock();

  const open = (): Promise<AppsRoot> => openAppsRoot(appsDir, allowOutside, user);

  function onApp<T>(name: string, work: (directory: string, root: AppsRoot) => Promise<T>): Promise<T> {
    return lock.run([name], async () => {
      const root = await open();
      return work(await writableAppDirectory(root, name), root);
    });
  }

  /** Who acts on entries of APPS_DIR and, where it is there, of its trash. */
  const rootActs = (root: AppsRoot): Promise<Acts> => actsIn(user, [root.real, join(root.real, TRASH)]);

  return {
    async look(name) {
      try {
        return (await lookAt(await open(), name))?.observation ?? null;
      } catch {
        return null;
      }
    },
    async exists(name) {
      // Where the system does not say, the name is not free either.
      return isEntryName(name) && (await isThere(join(appsDir, name)).catch(() => true));
    },
    rename: (from, to) =>
      lock.run([from, to], async () => {
        const problem = nameProblem(to);
        if (problem !== null) throw new Error(problem);
        const root = await open();
        const [source, target] = [entryPath(root, from), entryPath(root, to)];
        // rename(2) itself replaces no file and no directory that holds anything: the look is for the
        // clear message, and for an empty directory.
        if (await isThere(target)) throw new Error(`APPS_DIR has something named ${to} already`);
        await (await actsIn(user, [root.real])).rename(source, target);
      }),
    trash: (name) =>
      lock.run([name], async () => {
        const root = await open();
        entryPath(root, name);
        return moveToTrash(await rootActs(root), root.real, name, clock.now());
      }),
    restore: (trashed, name) =>
      lock.run([name], async () => {
        const root = await open();
        await moveFromTrash(await rootActs(root), root.real, trashed, entryPath(root, name));
      }),
    emptyTrash: (olderThanMs) => emptyTrash({ appsDir, user, before: earliest() - olderThanMs, warn }),
    writeIcon: (name, icon) => onApp(name, (directory, root) => writeIconFile(root, directory, icon)),
    async releases(name) {
      try {
        return await listReleases(await writableAppDirectory(await open(), name));
      } catch {
        return [];
      }
    },
    activate: (name, release) =>
      onApp(name, async (directory, root) =>
        activateRelease(await actsIn(user, [root.real, directory]), directory, release),
      ),
    async isTrashed(identity) {
      return hasTrashed((await open()).real, identity);
    },
    removeStrays: (name) =>
      onApp(name, async (directory, root) => {
        await (await actsIn(user, [root.real, directory])).remove(join(directory, STRAY_CURRENT));
        await removeStrayManifest(root, directory);
      }),
  };
}
