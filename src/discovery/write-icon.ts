import { isUtf8 } from 'node:buffer';
import { type BigIntStats, constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { iconProblem } from '../core/icon.ts';
import { editIcon } from '../core/manifest-edit.ts';
import type { Reader } from '../host/exchangeable.ts';
import { type FileForm, isInside } from '../host/files.ts';
import { readRegular, TooLargeError } from '../host/safe-read.ts';
import { type Acts, actsIn } from './acts.ts';
import { currentDirectory, isThere } from './app-directory.ts';
import { type AppsRoot, readerOf, within } from './apps-root.ts';
import { contentVersion } from './file-identity.ts';
import { saysAbsent } from './paths.ts';
import {
  findManifest,
  INVALID_OUTSIDE,
  MANIFEST_NAME,
  MAX_MANIFEST_SIZE,
  TOO_LARGE,
} from './read-manifest.ts';

/** The file that an interrupted write leaves beside the real package.json. */
export const NEW_MANIFEST = '.package.json.toehold-new';

/** How often it begins anew because another process wrote the file meanwhile. */
const TRIES = 3;

const NEW_FILE = '{}\n';
const NEW_FILE_MODE = 0o644;

interface PresentManifest {
  readonly path: string;
  readonly stats: BigIntStats;
}

/**
 * Writes `toes.icon` into the package.json of an app (docs/behavior.md A19); null takes it out. A package.json
 * that is a symlink stays one: the real file is written.
 * @param directory the app's real directory.
 * @throws Error with a sentence for a person; then nothing has changed
 */
export async function writeIconFile(root: AppsRoot, directory: string, icon: string | null): Promise<void> {
  const problem = icon === null ? null : iconProblem(icon);
  if (problem !== null) throw new Error(problem);
  const current = await currentDirectory(root, directory);
  for (let attempt = 1; ; attempt++) {
    const present = await presentManifest(root, current);
    if (present === null && icon === null) return;
    const before =
      present === null ? NEW_FILE : await readText(root, present.path, readerOf(root, directory, current));
    const after = edited(root, present, before, icon);
    if (after === before) return;
    const path = present?.path ?? join(current, MANIFEST_NAME);
    if (!(await unchanged(root, current, present))) {
      if (attempt < TRIES) continue;
      throw new Error('package.json is being written by somebody else: try again');
    }
    const acts = await actsAt(root, directory, current, path);
    return acts.replace(path, join(dirname(path), NEW_MANIFEST), after, formOf(present?.stats));
  }
}

/** Removes what an interrupted write left. @throws the system's error */
export async function removeStrayManifest(root: AppsRoot, directory: string): Promise<void> {
  const current = await currentDirectory(root, directory).catch(() => null);
  if (current === null) return;
  const manifest = await presentManifest(root, current).catch(() => null);
  for (const place of new Set([current, dirname(manifest?.path ?? join(current, MANIFEST_NAME))])) {
    const stray = join(place, NEW_MANIFEST);
    await (await actsAt(root, directory, current, stray)).remove(stray);
  }
}

/** A user who could exchange one of these directories chooses the file, so that user makes the change. */
function actsAt(root: AppsRoot, directory: string, current: string, path: string): Promise<Acts> {
  return actsIn(root.user, [root.real, directory, current, dirname(path)], within(root));
}

/** Null where there is no package.json yet. */
async function presentManifest(root: AppsRoot, current: string): Promise<PresentManifest | null> {
  let found: PresentManifest;
  try {
    found = await findManifest(current);
  } catch (error) {
    if (!saysAbsent(error)) throw error;
    if (await isThere(join(current, MANIFEST_NAME))) {
      throw new Error('package.json is a symlink that leads nowhere: remove it first');
    }
    return null;
  }
  if (!found.stats.isFile()) throw new Error('package.json is not a regular file');
  if (!root.allowOutside && !isInside(root.real, found.path)) {
    throw new Error(
      `package.json leads out of APPS_DIR, to ${found.path}: set TOEHOLD_ALLOW_OUTSIDE to allow that`,
    );
  }
  // The permissions of the directory would be enough, but a file that is not writable is not replaced.
  await access(found.path, constants.R_OK | constants.W_OK);
  return found;
}

async function readText(root: AppsRoot, path: string, reader: Reader | null): Promise<string> {
  const file = await readRegular(path, MAX_MANIFEST_SIZE, within(root), reader).catch((error) => {
    throw error instanceof TooLargeError ? new Error(TOO_LARGE) : error;
  });
  if (!file) throw new Error('package.json was removed meanwhile: try again');
  if (!isUtf8(file.bytes)) throw new Error('package.json is not UTF-8 text');
  return file.bytes.toString();
}

/** @throws Error that quotes nothing of a file outside of APPS_DIR */
function edited(root: AppsRoot, present: PresentManifest | null, text: string, icon: string | null): string {
  try {
    return editIcon(text, icon);
  } catch (error) {
    throw present && !isInside(root.real, present.path) ? new Error(INVALID_OUTSIDE) : error;
  }
}

/** Whether package.json is still what was read: an edit by hand must not be lost. */
async function unchanged(root: AppsRoot, current: string, before: PresentManifest | null): Promise<boolean> {
  const now = await presentManifest(root, current);
  if (before === null || now === null) return before === now;
  return now.path === before.path && contentVersion(now.stats) === contentVersion(before.stats);
}

function formOf(stats: BigIntStats | undefined): FileForm {
  if (!stats) return { mode: NEW_FILE_MODE, owner: null };
  return { mode: Number(stats.mode & 0o7777n), owner: { uid: Number(stats.uid), gid: Number(stats.gid) } };
}
