import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nameProblem } from '../core/app.ts';
import { isInside } from '../host/files.ts';
import type { AppsRoot } from './apps-root.ts';
import { CURRENT } from './look.ts';
import { isEntryName, saysAbsent } from './paths.ts';

/** Whether anything of that name is there, a dangling symlink too. @throws the system's error */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (saysAbsent(error)) return false;
    throw error;
  }
}

/** The path of an entry of APPS_DIR. @throws Error where the name is no entry's */
export function entryPath(root: AppsRoot, name: string): string {
  if (!isEntryName(name))
    throw new Error(`${JSON.stringify(name.slice(0, 80))} is not the name of a directory in APPS_DIR`);
  return join(root.real, name);
}

/**
 * The real directory of an app that may be written to: never one whose name is no app's, nor one that lies
 * outside of APPS_DIR unless that is allowed.
 * @throws Error with a sentence for a person
 */
export async function writableAppDirectory(root: AppsRoot, name: string): Promise<string> {
  const problem = nameProblem(name);
  if (problem !== null) throw new Error(problem);
  const path = join(root.real, name);
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) {
    if (!root.allowOutside) throw new Error(`${name} is a symlink: set TOEHOLD_ALLOW_OUTSIDE to allow that`);
    return realpath(path);
  }
  if (!stats.isDirectory()) throw new Error(`${name} is not a directory`);
  return path;
}

/** The real path of an app's `current`. @throws Error where it leads nowhere, or out of APPS_DIR */
export async function currentDirectory(root: AppsRoot, appDirectory: string): Promise<string> {
  const directory = await realpath(join(appDirectory, CURRENT));
  if (!root.allowOutside && !isInside(root.real, directory)) {
    throw new Error(
      `current leads out of APPS_DIR, to ${directory}: set TOEHOLD_ALLOW_OUTSIDE to allow that`,
    );
  }
  if (!(await stat(directory)).isDirectory())
    throw new Error(`current leads to ${directory}, which is no directory`);
  return directory;
}
