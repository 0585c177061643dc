import { constants } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';
import { reasonOf } from '../core/errors.ts';
import type { AppUser } from '../host/app-user.ts';
import type { Reader } from '../host/exchangeable.ts';
import { type FileIdentity, identityOf } from './file-identity.ts';
import { isEntryName, saysAbsent } from './paths.ts';

/** APPS_DIR, which was readable when it was opened. */
export interface AppsRoot {
  /** The real path. */
  readonly real: string;
  readonly identity: FileIdentity;
  /** Whether apps may lie outside of it (TOEHOLD_ALLOW_OUTSIDE). */
  readonly allowOutside: boolean;
  /** The user as whom apps run; null: the user of this process. */
  readonly user: AppUser | null;
}

/** @throws Error with a sentence for a person, where APPS_DIR is missing, no directory, or unreadable. */
export async function openAppsRoot(
  appsDir: string,
  allowOutside: boolean,
  user: AppUser | null = null,
): Promise<AppsRoot> {
  try {
    const real = await realpath(appsDir);
    const stats = await stat(real, { bigint: true });
    if (!stats.isDirectory()) throw new Error(`APPS_DIR ${appsDir} is not a directory: set it to one`);
    // Without the right to search, only its names could be read.
    await access(real, constants.R_OK | constants.X_OK);
    return { real, identity: identityOf(stats), allowOutside, user };
  } catch (error) {
    if (saysAbsent(error)) {
      throw new Error(`APPS_DIR ${appsDir} is missing: make it, or set APPS_DIR to another directory`);
    }
    if (error instanceof Error && !('code' in error)) throw error;
    throw new Error(`APPS_DIR ${appsDir} cannot be read: ${reasonOf(error)}`);
  }
}

/** The real directory that every file must lie in to be read; null where it may lie anywhere. */
export function within(root: AppsRoot): string | null {
  return root.allowOutside ? null : root.real;
}

/** For whom an app's files are read. @param places the directories that decide which files they are. */
export function readerOf({ user, real }: AppsRoot, ...places: readonly string[]): Reader | null {
  return user && { user, places: [real, ...places] };
}

/** The entries of APPS_DIR that may be apps. */
export interface RootListing {
  /** In order. */
  readonly names: readonly string[];
  /** Names that are not UTF-8 text, as bytes. */
  readonly unreadable: readonly Buffer[];
}

/** Lists APPS_DIR. Ignores files, and names that start with a dot. @throws Error */
export async function listAppsRoot(root: AppsRoot): Promise<RootListing> {
  const names: string[] = [];
  const unreadable: Buffer[] = [];
  for (const entry of await readdir(root.real, { withFileTypes: true, encoding: 'buffer' })) {
    if (entry.isFile() || entry.isFIFO() || entry.isSocket()) continue;
    const name = entry.name.toString();
    if (!Buffer.from(name).equals(entry.name)) unreadable.push(entry.name);
    else if (isEntryName(name)) names.push(name);
  }
  return { names: names.sort(), unreadable };
}
