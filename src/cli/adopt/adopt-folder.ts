import { type Stats, statSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, readlink, realpath, rename, rmdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isAppName } from '../../core/app.ts';
import { reasonOf } from '../../core/errors.ts';
import { addScript } from '../../core/manifest-edit.ts';
import { newestRelease } from '../../discovery/why-stray.ts';
import { NEW_MANIFEST } from '../../discovery/write-icon.ts';
import { isInside, replaceFile, syncDirectory } from '../../host/files.ts';
import { readRegular } from '../../host/safe-read.ts';
import { ownUid, quoted, trustDirectory } from '../../host/trust.ts';

// Makes an app of a directory by two renames: of the directory into a new one, as its `current`, and of that one to the old name. The content
// is never copied or moved file by file. Between the two, everything is in `.adopting-<name>/current`, and the next call finishes it.

/** In bytes. */
const LARGEST_MANIFEST = 1024 * 1024;
/** Further links are only counted. */
const MOST_LINKS = 5;

/** What was found, and what is to be done. */
export interface Adoption {
  readonly path: string;
  /** An earlier call was cut off after the first rename. */
  readonly unfinished: boolean;
  /** `scripts.toes`, to be added: the script that `npm start` runs. Null: it is there, or nothing is known to run. */
  readonly script: string | null;
  /** `scripts.toes` as a person must add it, because root does not write into a directory that another user can change. */
  readonly unwritten: string | null;
  /** Whether package.json names a script for Toehold, now or afterwards. */
  readonly runs: boolean;
  /** Whether there is a package.json of the directory's own. */
  readonly hasManifest: boolean;
  /** Directories with a Python environment. Its programs name the path where it was made, so they do not run elsewhere. */
  readonly environments: readonly string[];
}

export type Planned =
  | { readonly ok: true; readonly adoption: Adoption }
  | { readonly ok: false; readonly message: string };

/** Where the content is between the two renames. Names that begin with a dot are no apps. */
export function unfinishedName(name: string): string {
  return `.adopting-${name}`;
}

/** The name of the app whose adoption left this entry of APPS_DIR; null where none did. */
export function interruptedAdoption(entry: string): string | null {
  const [, name = ''] = /^\.adopting-(.+)$/.exec(entry) ?? [];
  return isAppName(name) ? name : null;
}

/** Looks at what is to be adopted. Changes nothing. @throws the system's error */
export async function planAdoption(appsDir: string, name: string): Promise<Planned> {
  const path = join(appsDir, name);
  const aside = join(appsDir, unfinishedName(name));
  const [stats, left] = await Promise.all([statsOf(path), statsOf(join(aside, 'current'))]);
  if (stats === null && left !== null) {
    const content = join(aside, 'current');
    const { toes, start, hasManifest } = await scriptsIn(content);
    const unwritten = toes === null ? start : null;
    const environments = await environmentsIn(content);
    return {
      ok: true,
      adoption: {
        path,
        unfinished: true,
        script: null,
        unwritten,
        runs: toes !== null,
        hasManifest,
        environments,
      },
    };
  }
  if (stats === null) return no(`${path} does not exist`);
  if (left !== null)
    return no(
      `${join(aside, 'current')} has the content of an earlier ${name}, whose adoption was cut off. Move ${path} away, and run this again to finish it`,
    );
  if (await isInTheWay(aside))
    return no(`${aside} is in the way, and no adoption made it: move it away. Nothing has changed`);
  if (stats.isSymbolicLink())
    return no(`${path} is a symlink, to ${await readlink(path)}: move the directory itself into ${appsDir}`);
  if (!stats.isDirectory()) return no(`${path} is not a directory`);
  const current = await statsOf(join(path, 'current'));
  if (current !== null)
    return no(
      current.isDirectory() || current.isSymbolicLink()
        ? `${name} is an app already: it has current`
        : `${join(path, 'current')} is a file, and current must be a directory: give it another name`,
    );
  const newest = await newestRelease(path);
  if (newest !== null)
    return no(
      `${path} has releases, so it needs a symlink: ln -s ${newest} ${quoted(join(path, 'current'))}`,
    );
  const links = await linksThatBreak(await realpath(path));
  if (links.length > 0) {
    const more = links.length > MOST_LINKS ? `, and ${links.length - MOST_LINKS} more` : '';
    return no(
      `These symlinks would lead elsewhere from ${join(path, 'current')}: ${links.slice(0, MOST_LINKS).join(', ')}${more}. Remove them, or let them lead to absolute paths elsewhere`,
    );
  }
  const { toes, start, hasManifest } = await scriptsIn(path);
  const missing = toes === null ? start : null;
  const mayWrite = mayWriteIn(path);
  return {
    ok: true,
    adoption: {
      ...{ path, unfinished: false, hasManifest, environments: await environmentsIn(path) },
      script: mayWrite ? missing : null,
      unwritten: mayWrite ? null : missing,
      runs: toes !== null || (mayWrite && missing !== null),
    },
  };
}

/**
 * Does what was planned. After a kill or a power failure at any moment, everything is in the one or the other place, and the next call
 * goes on. @throws Error with a sentence that says what was done
 */
export async function adopt(
  appsDir: string,
  name: string,
  { path, unfinished, script }: Adoption,
): Promise<void> {
  const aside = join(appsDir, unfinishedName(name));
  if (!unfinished) {
    if (script !== null) await writeScript(path, script);
    const done = script === null ? '' : ', but scripts.toes is in its package.json now';
    await moveInto(aside, path).catch(async (error) => {
      // Only where it is empty: nothing was moved into it.
      await rmdir(aside).catch(() => {});
      throw new Error(`${path} cannot be moved (${reasonOf(error)})${done}`);
    });
  }
  try {
    await rename(aside, path);
  } catch (error) {
    throw new Error(
      `${aside} cannot be renamed to ${path} (${reasonOf(error)}). Its content is in ${join(aside, 'current')}: run this again when ${path} is free`,
    );
  }
  await syncDirectory(appsDir);
}

async function moveInto(aside: string, path: string): Promise<void> {
  const stats = statSync(path);
  // What an earlier call made and did not use.
  await rmdir(aside).catch(() => {});
  await mkdir(aside);
  await likeIt(aside, stats);
  await rename(path, join(aside, 'current'));
  await syncDirectory(aside);
  await syncDirectory(dirname(aside));
}

/** The directory of the app belongs to whom the content belongs: the app may want to write beside `current`. */
async function likeIt(path: string, { uid, gid, mode }: Stats): Promise<void> {
  if (ownUid() === 0) await chown(path, uid, gid);
  await chmod(path, mode & 0o777);
}

async function writeScript(path: string, script: string): Promise<void> {
  const file = join(path, 'package.json');
  const { uid, gid, mode } = await lstat(file);
  const read = await readRegular(file, LARGEST_MANIFEST, null, null);
  const text = addScript(read?.bytes.toString() ?? '', 'toes', script);
  const temporary = join(path, NEW_MANIFEST);
  await replaceFile(file, text, { mode: mode & 0o7777, owner: { uid, gid }, temporary });
}

/** Root writes no file where another account could put a link in its place. */
function mayWriteIn(path: string): boolean {
  return ownUid() !== 0 || trustDirectory(path).ok;
}

interface Scripts {
  readonly toes: string | null;
  readonly start: string | null;
  readonly hasManifest: boolean;
}

/** Both scripts are null if there is no package.json of the directory's own that can be read. */
async function scriptsIn(directory: string): Promise<Scripts> {
  const file = join(directory, 'package.json');
  const none = { toes: null, start: null, hasManifest: (await statsOf(file)) !== null };
  try {
    if (!(await lstat(file)).isFile()) return none;
    const read = await readRegular(file, LARGEST_MANIFEST, null, null);
    const { scripts } = JSON.parse(read?.bytes.toString().replace(/^\uFEFF/, '') ?? '{}');
    return { toes: text(scripts?.toes), start: text(scripts?.start), hasManifest: true };
  } catch {
    return none;
  }
}

async function environmentsIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = await Promise.all(names.map((name) => statsOf(join(directory, name, 'pyvenv.cfg'))));
  return names.filter((_, index) => found[index]).sort();
}

/** Whether what has the name of the new directory cannot be replaced. An empty directory is what a killed call leaves. */
async function isInTheWay(aside: string): Promise<boolean> {
  const stats = await statsOf(aside);
  if (stats === null) return false;
  return !stats.isDirectory() || (await readdir(aside)).length > 0;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** The symlinks below a directory that would mean something else one level deeper: those that lead out, and absolute ones that lead in. */
async function linksThatBreak(root: string): Promise<string[]> {
  const found: string[] = [];
  const pending = [root];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) pending.push(path);
      if (!entry.isSymbolicLink()) continue;
      const target = await readlink(path);
      const staysInside = isInside(root, resolve(directory, target));
      if (isAbsolute(target) === staysInside) found.push(path.slice(root.length + 1));
    }
  }
  return found.sort();
}

async function statsOf(path: string): Promise<Stats | null> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
}

function no(message: string): Planned {
  return { ok: false, message };
}
