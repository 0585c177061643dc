import { isUtf8 } from 'node:buffer';
import type { BigIntStats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidJson, type ManifestResult, MISSING_MANIFEST, parseManifest } from '../core/manifest.ts';
import { type Reader, UnreadableError } from '../host/exchangeable.ts';
import { isInside } from '../host/files.ts';
import { readRegular, TooLargeError } from '../host/safe-read.ts';
import { contentVersion, type FileIdentity, identityOf } from './file-identity.ts';

export const MANIFEST_NAME = 'package.json';

/** In bytes. */
export const MAX_MANIFEST_SIZE = 1024 * 1024;

export const TOO_LARGE = `package.json is larger than ${MAX_MANIFEST_SIZE} bytes: make it smaller`;

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
  /** False where it was read so soon after a write that the next write may have the same time. */
  readonly lasting: boolean;
}

/** File times may grow in steps of this length, in milliseconds. */
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
  // The machine's clock, because it set the file's time; not the clock of a test.
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
  let bytes: Buffer | undefined;
  try {
    bytes = (await readRegular(path, MAX_MANIFEST_SIZE, within, reader))?.bytes;
  } catch (error) {
    if (error instanceof UnreadableError) return { ok: false, error: error.message };
    if (error instanceof TooLargeError) return { ok: false, error: TOO_LARGE };
  }
  if (!bytes) return MISSING.result;
  if (!isUtf8(bytes)) return { ok: false, error: invalidJson('it is not UTF-8 text') };
  return parseManifest(bytes.toString());
}

/**
 * The error for a file outside of APPS_DIR that is not JSON. The parser's reason would quote the file, which the readers
 * of this message may not be allowed to read.
 */
export const INVALID_OUTSIDE = invalidJson('it lies outside of APPS_DIR, and is not quoted');

/** The part of a reading that may be shown. @param root APPS_DIR, by its real path. */
export function shownResult({ result, file }: ManifestReading, root: string): ManifestResult {
  const quotes = !result.ok && result.error.startsWith(invalidJson(''));
  return quotes && file && !isInside(root, file.path) ? { ok: false, error: INVALID_OUTSIDE } : result;
}

function outside(path: string): ManifestResult {
  return {
    ok: false,
    error: `package.json leads out of APPS_DIR, to ${path}: put it there, or set TOEHOLD_ALLOW_OUTSIDE`,
  };
}
