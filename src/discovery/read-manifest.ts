import { isUtf8 } from 'node:buffer';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidJson, type ManifestResult, MISSING_MANIFEST, parseManifest } from '../core/manifest.ts';
import { assertReadable, type Reader, UnreadableError } from '../host/exchangeable.ts';
import { isInside } from '../host/safe-read.ts';
import { assertOpenedIn } from './durable.ts';
import { contentVersion, type FileIdentity, identityOf } from './file-identity.ts';

export const MANIFEST_NAME = 'package.json';

/** In bytes. */
export const MAX_MANIFEST_SIZE = 1024 * 1024;

/**
 * A pipe that nobody writes to must not hold up the open, a terminal must not become ours, and a symlink
 * that was put there since the path was resolved must not be followed.
 */
export const SAFE_READ =
  constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;

/** The regular file that a package.json is, behind all symlinks. */
export interface ManifestFile {
  /** Its real path. */
  readonly path: string;
  readonly identity: FileIdentity;
  /** Differs whenever its content may. */
  readonly version: string;
}

export interface ManifestReading {
  readonly result: ManifestResult;
  /** Null where there is no regular file. */
  readonly file: ManifestFile | null;
  /** False where it was read so soon after a write that the next one may carry the same time. */
  readonly lasting: boolean;
}

/** File times may move on in steps as long as this, in milliseconds. */
const TIME_STEP = 1_000;

const MISSING: ManifestReading = {
  result: { ok: false, error: MISSING_MANIFEST },
  file: null,
  lasting: false,
};

/**
 * Reads the package.json of a directory. Whatever is in its place, a directory, a pipe, a loop of symlinks,
 * the answer comes at once and never throws.
 * @param directory a real path.
 * @param root the real directory that the file must lie in; null where it may lie anywhere.
 * @param previous what was read last; its result stands while the file is the same.
 * @param reader for whom, where another user may have put it there.
 */
export async function readManifest(
  directory: string,
  root: string | null,
  previous?: ManifestReading,
  reader: Reader | null = null,
): Promise<ManifestReading> {
  const place = await findManifest(directory).catch(() => null);
  if (!place?.stats.isFile()) return MISSING;
  const { path, stats } = place;
  const file: ManifestFile = { path, identity: identityOf(stats), version: contentVersion(stats) };
  if (root !== null && !isInside(root, path)) return { result: outside(path), file: null, lasting: false };
  if (previous?.lasting && previous.file?.version === file.version && previous.file.path === path)
    return previous;
  // The machine's own clock, which set the file's time: not one that a test owns.
  const lasting = Date.now() - Number(stats.ctimeMs) > TIME_STEP;
  return { result: await readFileResult(path, root, reader), file, lasting };
}

/** Where the package.json really lies, and what is there. @throws the system's error */
export async function findManifest(directory: string): Promise<{ path: string; stats: BigIntStats }> {
  const path = join(directory, MANIFEST_NAME);
  const stats = await lstat(path, { bigint: true });
  if (!stats.isSymbolicLink()) return { path, stats };
  const real = await realpath(path);
  return { path: real, stats: await stat(real, { bigint: true }) };
}

async function readFileResult(
  path: string,
  within: string | null,
  reader: Reader | null,
): Promise<ManifestResult> {
  let bytes: Buffer | null;
  try {
    bytes = await readSmallFile(path, within, reader);
  } catch (error) {
    return error instanceof UnreadableError ? { ok: false, error: error.message } : MISSING.result;
  }
  if (bytes === null) {
    const error = `package.json is larger than ${MAX_MANIFEST_SIZE} bytes: make it smaller`;
    return { ok: false, error };
  }
  if (!isUtf8(bytes)) return { ok: false, error: invalidJson('it is not UTF-8 text') };
  return parseManifest(bytes.toString());
}

/**
 * The words for a text outside of APPS_DIR that is no JSON: the parser's reason would quote it, and who may
 * read ours may not be who may read that file.
 */
export const INVALID_OUTSIDE = invalidJson('it lies outside of APPS_DIR, and is not quoted');

/** What may be told of a reading. @param root APPS_DIR, by its real path. */
export function tellable({ result, file }: ManifestReading, root: string): ManifestResult {
  const quotes = !result.ok && result.error.startsWith(invalidJson(''));
  return quotes && file && !isInside(root, file.path) ? { ok: false, error: INVALID_OUTSIDE } : result;
}

/**
 * The bytes of a regular file; null where they are more than a manifest may have.
 * @param within the real directory that it must lie in; null where it may lie anywhere.
 * @param reader for whom, where another user may have put it there.
 * @throws the system's error, or one that says that it is not a regular file, or leads out of there
 */
export async function readSmallFile(
  path: string,
  within: string | null,
  reader: Reader | null = null,
): Promise<Buffer | null> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, SAFE_READ);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
    if (within !== null) await assertOpenedIn(within, handle, path);
    if (reader) {
      const opened = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => path);
      await assertReadable(reader, path, opened, stats);
    }
    if (stats.size > MAX_MANIFEST_SIZE) return null;
    // One byte more than it had: a file that grows meanwhile is read on, up to the limit.
    let buffer = Buffer.allocUnsafe(stats.size + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (bytesRead === 0) return buffer.subarray(0, length);
      if (length > MAX_MANIFEST_SIZE) return null;
      if (length === buffer.length)
        buffer = Buffer.concat([buffer], Math.min(2 * length, MAX_MANIFEST_SIZE + 1));
    }
  } finally {
    await handle?.close();
  }
}

function outside(path: string): ManifestResult {
  return {
    ok: false,
    error: `package.json leads out of APPS_DIR, to ${path}: put it there, or set TOEHOLD_ALLOW_OUTSIDE`,
  };
}
