import type { BigIntStats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { AppObservation } from '../contracts/discovery.ts';
import { nameProblem } from '../core/app.ts';
import { reasonOf } from '../core/errors.ts';
import { type ManifestResult, MISSING_MANIFEST } from '../core/manifest.ts';
import { releaseTime } from '../core/release.ts';
import { cutTo } from '../core/texts.ts';
import { type AppsRoot, readerOf, within } from './apps-root.ts';
import { type FileIdentity, identityOf } from './file-identity.ts';
import { isEntryName, isInside, saysAbsent } from './paths.ts';
import { MANIFEST_NAME, type ManifestReading, readManifest, tellable } from './read-manifest.ts';

export const CURRENT = 'current';

/** In characters: an error may show a path. */
const LONGEST_ERROR = 1_000;

/** One file or directory whose changes tell of the app. */
export interface WatchTarget {
  /** A real path. */
  readonly path: string;
  readonly identity: FileIdentity;
  /** The entries of a directory that matter; null for a file. */
  readonly entries: readonly string[] | 'all' | null;
}

/** What a look at a directory found, and where to watch for what comes next. */
export interface Look {
  /** Null where it is no app's: it may become one. */
  readonly observation: AppObservation | null;
  readonly watch: readonly WatchTarget[];
  readonly reading: ManifestReading | null;
}

/**
 * Looks at one entry of APPS_DIR (BEHAVIOUR A3); null where it is no directory.
 * @param previous the last look at it: a package.json that is the same is not read again.
 * @throws the system's error where nobody can say whether there is an app
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
    // Whether it is an app cannot be told; of a name that is none of ours nobody expects one.
    if (badName !== null) return null;
    return refused(name, identity, `The directory cannot be read: ${reasonOf(error)}`, []);
  }
  const isApp = current?.isSymbolicLink() || current?.isDirectory();
  if (linked && !root.allowOutside) {
    if (!isApp) return null;
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
    linksToRelease: current?.isSymbolicLink() === true,
  };
  if (!isApp) return { observation: null, watch: [appTarget(app, [])], reading: null };
  if (badName !== null) return refused(name, identity, badName, [appTarget(app, [])]);
  return lookAtCurrent(app, previous);
}

interface FoundApp {
  readonly root: AppsRoot;
  readonly name: string;
  readonly identity: FileIdentity;
  /** Its real path. */
  readonly directory: string;
  readonly watched: BigIntStats;
  /** `current` is a symlink, not a plain directory. */
  readonly linksToRelease: boolean;
}

async function lookAtCurrent(app: FoundApp, previous?: Look): Promise<Look> {
  const { root, name, identity } = app;
  const current = join(app.directory, CURRENT);
  const directory = app.linksToRelease ? await realpath(current).catch(() => null) : current;
  if (directory === null) {
    const target = await readlink(current).catch(() => '');
    return refused(name, identity, MISSING_MANIFEST, [
      appTarget(app, pathBelow(app, resolve(app.directory, target))),
    ]);
  }
  const own = appTarget(app, pathBelow(app, directory));
  if (!root.allowOutside && !isInside(root.real, directory)) {
    const error = `current leads out of APPS_DIR, to ${directory}: set TOEHOLD_ALLOW_OUTSIDE to allow that`;
    return refused(name, identity, error, [own]);
  }
  const reader = readerOf(root, app.directory, directory);
  const reading = await readManifest(directory, within(root), previous?.reading ?? undefined, reader);
  const manifest = await manifestTarget(directory, reading);
  const itself = await stat(directory, { bigint: true }).catch(() => null);
  const release = app.linksToRelease && dirname(directory) === app.directory ? basename(directory) : null;
  return {
    observation: {
      name,
      identity,
      manifest: tellable(reading, root.real),
      release: release !== null && releaseTime(release) !== null ? release : null,
      directory: manifest === null ? null : directory,
      directoryIdentity: itself?.isDirectory() ? identityOf(itself) : null,
    },
    watch: manifest === null ? [own] : [own, manifest],
    reading,
  };
}

/** The package.json where there is one; else the directory that it may come into. Null where that is none. */
async function manifestTarget(directory: string, reading: ManifestReading): Promise<WatchTarget | null> {
  if (reading.file) return { path: reading.file.path, identity: reading.file.identity, entries: null };
  const stats = await stat(directory, { bigint: true }).catch(() => null);
  if (!stats?.isDirectory()) return null;
  return { path: directory, identity: identityOf(stats), entries: [MANIFEST_NAME] };
}

function appTarget(app: FoundApp, alsoMatters: readonly string[]): WatchTarget {
  return { path: app.directory, identity: identityOf(app.watched), entries: [CURRENT, ...alsoMatters] };
}

/** The entry of the app's directory that `current` leads through: moved away, it changes the app too. */
function pathBelow(app: FoundApp, target: string): readonly string[] {
  if (!isInside(app.directory, target)) return [];
  const [first] = relative(app.directory, target).split(sep);
  return first === undefined || first === '' || first === CURRENT ? [] : [first];
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
 * What a look at the app would have found, had its directory had its new name by then.
 * Its watches are set anew by the next look.
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

function refused(name: string, identity: FileIdentity, error: string, watch: readonly WatchTarget[]): Look {
  const manifest: ManifestResult = { ok: false, error: cutTo(LONGEST_ERROR, error) };
  const observation = { name, identity, manifest, release: null, directory: null, directoryIdentity: null };
  return { observation, watch, reading: null };
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
