import type { BigIntStats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { AppObservation, Stray } from '../contracts/discovery.ts';
import { nameProblem } from '../core/app.ts';
import { reasonOf } from '../core/errors.ts';
import { type ManifestResult, MISSING_MANIFEST } from '../core/manifest.ts';
import { releaseTime } from '../core/release.ts';
import { cutTo } from '../core/texts.ts';
import { isInside } from '../host/files.ts';
import { type AppsRoot, readerOf, within } from './apps-root.ts';
import { type FileIdentity, identityOf } from './file-identity.ts';
import { type Hops, noteHops } from './hops.ts';
import { isEntryName, saysAbsent } from './paths.ts';
import { MANIFEST_NAME, type ManifestReading, readManifest, shownResult } from './read-manifest.ts';
import { linkedStray, whyStray } from './why-stray.ts';

export const CURRENT = 'current';

/** In characters: an error may show a path. */
const LONGEST_ERROR = 1_000;

/** One file or directory whose changes may change the app. */
export interface WatchTarget {
  /** A real path. */
  readonly path: string;
  readonly identity: FileIdentity;
  /** The entries of a directory that matter; null for a file. */
  readonly entries: readonly string[] | 'all' | null;
}

/** What a look at a directory found, and what to watch for changes. */
export interface Look {
  /** Null where the directory is not an app's; it may become one. */
  readonly observation: AppObservation | null;
  readonly watch: readonly WatchTarget[];
  readonly reading: ManifestReading | null;
  /** Null, or left out, where the directory is an app's, or of no interest. */
  readonly stray?: Omit<Stray, 'name'> | null;
}

/**
 * Looks at one entry of APPS_DIR (docs/behavior.md A3); null where it is no directory.
 * @param previous the last look at it: a package.json that is the same is not read again.
 * @throws the system's error where it cannot be found out whether there is an app
 */
export async function lookAt(root: AppsRoot, name: string, previous?: Look): Promise<Look | null> {
  if (!isEntryName(name)) return null;
  const path = join(root.real, name);
  const own = await statsOf(path);
  if (!own?.isSymbolicLink() && !own?.isDirectory()) return null;
  const linked = own.isSymbolicLink();
  const directory = linked ? await realpath(path).catch(() => null) : path;
  if (directory === null) return null;

  const identity = identityOf(own);
  const badName = nameProblem(name);
  let current: BigIntStats | null;
  try {
    current = await statsOf(join(directory, CURRENT));
  } catch (error) {
    // It cannot be found out whether this is an app. With a name that no app may have, it is none.
    if (badName !== null) return null;
    return refused(name, identity, `The directory cannot be read: ${reasonOf(error)}`, []);
  }
  const isApp = current?.isSymbolicLink() || current?.isDirectory();
  if (linked && !root.allowOutside) {
    if (!isApp) return (await statsOf(directory))?.isDirectory() ? notAnApp(linkedStray(directory)) : null;
    const error = `The app is a symlink, to ${directory}: make it a directory, or set TOEHOLD_ALLOW_OUTSIDE`;
    return refused(name, identity, badName ?? error, []);
  }
  const watched = linked ? await stat(directory, { bigint: true }) : own;
  if (!watched.isDirectory()) return null;
  const app = {
    root,
    name,
    identity,
    directory,
    watched,
    current,
  };
  if (!isApp || current === null) {
    const why = linked ? linkedStray(directory) : await whyStray(app, current !== null);
    return notAnApp(why, await watchOf(app, null));
  }
  if (badName !== null) return refused(name, identity, badName, await watchOf(app, null));
  return lookAtCurrent({ ...app, current }, previous);
}

function notAnApp(found: Look['stray'] = null, watch: readonly WatchTarget[] = []): Look {
  return { observation: null, watch, reading: null, stray: found };
}

interface FoundApp {
  readonly root: AppsRoot;
  readonly name: string;
  readonly identity: FileIdentity;
  /** Its real path. */
  readonly directory: string;
  readonly watched: BigIntStats;
  /** `current` itself: a symlink, or a plain directory. */
  readonly current: BigIntStats;
}

async function lookAtCurrent(app: FoundApp, previous?: Look): Promise<Look> {
  const { root, name, identity } = app;
  const place = await followCurrent(app);
  if (place === null) {
    const target = cutTo(LONGEST_ERROR, await readlink(join(app.directory, CURRENT)).catch(() => ''));
    return refused(name, identity, MISSING_MANIFEST, await watchOf(app, null), target || null);
  }
  const { directory, itself } = place;
  if (!root.allowOutside && !isInside(root.real, directory)) {
    const error = `current leads out of APPS_DIR, to ${directory}: set TOEHOLD_ALLOW_OUTSIDE to allow that`;
    return refused(name, identity, error, await watchOf(app, null));
  }
  const reader = readerOf(root, app.directory, directory);
  const reading = await readManifest(directory, within(root), previous?.reading ?? undefined, reader);
  const release = app.current.isSymbolicLink() && dirname(directory) === app.directory;
  return {
    observation: {
      name,
      identity,
      manifest: shownResult(reading, root.real),
      release: release && releaseTime(basename(directory)) !== null ? basename(directory) : null,
      directory: itself === null ? null : directory,
      directoryIdentity: itself && identityOf(itself),
      lostTarget: null,
    },
    watch: await watchOf(app, { ...place, reading }),
    reading,
  };
}

/** Where `current` leads. */
interface Place {
  /** A real path. */
  readonly directory: string;
  /** Null where it is no directory. */
  readonly itself: BigIntStats | null;
  /** It is a directory beside `current`, by its name alone: there are no other links on the way. */
  readonly isBeside: boolean;
}

/** Null where it leads nowhere. */
async function followCurrent({ directory, current }: FoundApp): Promise<Place | null> {
  const path = join(directory, CURRENT);
  if (!current.isSymbolicLink()) return { directory: path, itself: current, isBeside: false };
  const target = await readlink(path).catch(() => null);
  if (target !== null && !target.includes(sep) && target !== '..' && target !== '.') {
    const beside = await statsOf(join(directory, target)).catch(() => null);
    if (beside?.isDirectory()) return { directory: join(directory, target), itself: beside, isBeside: true };
  }
  const real = await realpath(path).catch(() => null);
  if (real === null) return null;
  const stats = await stat(real, { bigint: true }).catch(() => null);
  return { directory: real, itself: stats?.isDirectory() ? stats : null, isBeside: false };
}

/**
 * Where changes of the app show: the app's directory, each link on the way to the release, and the package.json, or the
 * directory that it may come into.
 * @param place null where `current` leads to no directory that may be looked at.
 */
async function watchOf(
  app: Omit<FoundApp, 'current'> & { readonly current: BigIntStats | null },
  place: (Place & { readonly reading: ManifestReading }) | null,
): Promise<readonly WatchTarget[]> {
  const { root, name, directory } = app;
  const hops: Hops = new Map([[directory, new Set([CURRENT])]]);
  if (place?.isBeside) hops.get(directory)?.add(basename(place.directory));
  else if (app.current?.isSymbolicLink()) await noteHops(hops, directory, CURRENT, directory);
  // The entry of APPS_DIR itself is watched there.
  if (dirname(directory) !== root.real) await noteHops(hops, root.real, name, directory);
  const known = new Map([[directory, app.watched]]);
  const file = place?.reading.file;
  if (place?.itself) {
    known.set(place.directory, place.itself);
    if (file?.path !== join(place.directory, MANIFEST_NAME))
      await noteHops(hops, place.directory, MANIFEST_NAME, null);
  }
  const targets: WatchTarget[] = [];
  for (const [path, entries] of hops) {
    // Each look opens APPS_DIR anew, so the way to it needs no watch.
    if (path !== root.real && isInside(path, root.real)) continue;
    const stats = known.get(path) ?? (await stat(path, { bigint: true }).catch(() => null));
    if (stats?.isDirectory()) targets.push({ path, identity: identityOf(stats), entries: [...entries] });
  }
  return file ? [...targets, { path: file.path, identity: file.identity, entries: null }] : targets;
}

/** Looks at an entry whose name is no UTF-8 text: it can only be listed, under a name that shows the bytes. */
export async function lookAtBytes(root: AppsRoot, bytes: Buffer): Promise<Look | null> {
  const path = Buffer.concat([Buffer.from(root.real + sep), bytes]);
  const own = await statsOf(path);
  const current = await statsOf(Buffer.concat([path, Buffer.from(sep + CURRENT)]));
  if (!own?.isDirectory() || (!current?.isSymbolicLink() && !current?.isDirectory())) return null;
  const name = shownBytes(bytes);
  return refused(name, identityOf(own), nameProblem(name) ?? 'Name must be UTF-8 text', []);
}

/**
 * What the look would have found under the directory's new name. The next look sets the watches.
 */
export function lookAfterRename(look: Look, root: AppsRoot, from: string, to: string): Look {
  if (look.observation === null) return look;
  const { directory } = look.observation;
  const before = join(root.real, from);
  const moved =
    directory !== null && isInside(before, directory)
      ? join(root.real, to, relative(before, directory))
      : directory;
  return { ...look, observation: { ...look.observation, name: to, directory: moved } };
}

/** ASCII as it is, every other byte as `\xff`. */
export function shownBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function refused(
  name: string,
  identity: FileIdentity,
  error: string,
  watch: readonly WatchTarget[],
  lostTarget: string | null = null,
): Look {
  const manifest: ManifestResult = { ok: false, error: cutTo(LONGEST_ERROR, error) };
  const nowhere = { release: null, directory: null, directoryIdentity: null, lostTarget };
  return { observation: { name, identity, manifest, ...nowhere }, watch, reading: null };
}

/** Null where there is nothing by this name. @throws the system's error for everything else */
async function statsOf(path: string | Buffer): Promise<BigIntStats | null> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (saysAbsent(error)) return null;
    throw error;
  }
}
