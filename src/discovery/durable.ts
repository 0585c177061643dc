import { constants, type Mode } from 'node:fs';
import { type FileHandle, open, readlink, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isInside } from '../host/safe-read.ts';

/** Makes what was renamed in a directory outlive a power cut. @throws the system's error */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface FileForm {
  readonly mode: Mode;
  /** Null: whoever this process is. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/**
 * Puts a file's new content in its place in one step: a reader sees the old or the new one, whole.
 * @param temporary in the same directory; what an interrupted write left there is overwritten.
 * @param within the real directory that it must lie in; null where it may lie anywhere.
 * @throws the system's error, and the file is as it was
 */
export async function replaceFile(
  path: string,
  temporary: string,
  text: string,
  form: FileForm,
  within: string | null = null,
): Promise<void> {
  try {
    await writeSynced(temporary, text, form, within);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function writeSynced(path: string, text: string, form: FileForm, within: string | null): Promise<void> {
  // Removed first: what stands there may be a symlink, or not ours to write to.
  await rm(path, { force: true });
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, form.mode);
  try {
    if (within !== null) await assertOpenedIn(within, handle, path);
    if (form.owner) await keepOwner(handle, form.owner.uid, form.owner.gid);
    await handle.chmod(form.mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A directory on the way may have been exchanged for a symlink since the path was found.
 * @throws Error where what was opened lies outside.
 */
export async function assertOpenedIn(directory: string, handle: FileHandle, path: string): Promise<void> {
  // Where the system does not tell, it is as it was found.
  const opened = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => path);
  if (!isInside(directory, opened)) throw new Error(`${path} leads out of APPS_DIR`);
}

/** Only root can give a file away; for everybody else the file becomes theirs. */
async function keepOwner(handle: FileHandle, uid: number, gid: number): Promise<void> {
  const stats = await handle.stat();
  if (stats.uid !== uid || stats.gid !== gid) await handle.chown(uid, gid).catch(() => {});
}
