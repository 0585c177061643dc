import { lstat, opendir, realpath, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { reasonOf } from '../core/errors.ts';
import { actAs } from '../host/act-as.ts';
import type { AppUser } from '../host/app-user.ts';
import { mayExchangeIn } from '../host/exchangeable.ts';
import { trashedBefore } from './trash.ts';

export interface EmptyTrashOptions {
  readonly appsDir: string;
  /** The user as whom apps run; null: the user of this process. */
  readonly user: AppUser | null;
  /** In milliseconds since the epoch. */
  readonly before: number;
  /** Takes a sentence for each that could not be removed. */
  readonly warn: (message: string) => void;
}

/** How long the removal of one user's directory may take, in milliseconds; the next round goes on. */
const PATIENCE = 300_000;

/** Removes for good what was moved to the trash before that time. */
export async function emptyTrash({ appsDir, user, before, warn }: EmptyTrashOptions): Promise<void> {
  for (const path of await trashedBefore(appsDir, before)) {
    const removal = user ? removeFor(user, path) : rm(path, { recursive: true, force: true });
    await removal.catch((error) => warn(`${path} cannot be removed: ${reasonOf(error)}`));
  }
}

/**
 * Where the apps' user could exchange the directory, or anything on the way to it, a process of that user removes it.
 * Otherwise root removes it, except the content of directories in it that the user could write to.
 */
async function removeFor(user: AppUser, path: string): Promise<void> {
  const trash = await realpath(dirname(path));
  if (!(await mayExchangeIn(user, dirname(path)))) return removeHere(user, join(trash, basename(path)));
  await actAs(user, { act: 'removeTree', path, timeout: PATIENCE }, '/', PATIENCE);
}

/** @param path in a directory whose entries the user cannot exchange. */
async function removeHere(user: AppUser, path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return unlink(path);
  if (await mayExchangeIn(user, path)) await actAs(user, { act: 'empty', timeout: PATIENCE }, path, PATIENCE);
  else for await (const entry of await opendir(path)) await removeHere(user, join(path, entry.name));
  await rmdir(path);
}
