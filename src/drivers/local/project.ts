import { createHash } from 'node:crypto';
import { lstat, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nextTurn } from '../../host/event-loop.ts';
import type { Reader } from '../../host/exchangeable.ts';
import { isInside, OutsideError } from '../../host/files.ts';
import { readWithin } from '../../host/safe-read.ts';
import { namesIn } from './install-environment.ts';

export type Package = Readonly<Record<string, unknown>>;

/** A directory with what package managers look for in it. */
export interface Level {
  /** Real and absolute. */
  readonly directory: string;
  /** Null where it has no package.json that can be read. */
  readonly manifest: Package | null;
  /** Which lock and configuration files it has. */
  readonly files: ReadonlySet<string>;
}

/** What lock and configuration files say, as far as an installation depends on it. */
export interface Contents {
  /** Of all, by name and content. */
  readonly digest: string;
  /** The names of variables that the configuration takes from the environment. */
  readonly named: readonly string[];
}

/** In bytes. */
const LARGEST_PACKAGE = 1_048_576;
const LARGEST_CONFIGURATION = 1_048_576;
const LARGEST_LOCK = 64 * 1_048_576;
const HASHED_AT_ONCE = 1_048_576;

export const LOCKS = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'bun.lock',
  'bun.lockb',
  'pnpm-lock.yaml',
  'yarn.lock',
];
const CONFIGURATIONS = [
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  'bunfig.toml',
  'pnpm-workspace.yaml',
  '.pnpmfile.cjs',
];

/** Reads what an app's package manager would read: regular files alone, and nothing that leads out of APPS_DIR. */
export class Project {
  private readonly within: string | null;
  private readonly reader: Reader | null;

  /**
   * @param within the real directory that what is read must lie in; null where it may lie anywhere.
   * @param reader for whom it is read, where apps run as another user.
   */
  constructor(within: string | null, reader: Reader | null) {
    this.within = within;
    this.reader = reader;
  }

  /** @throws Error with a sentence, where there is no package.json, or one that cannot be taken. */
  async release(directory: string): Promise<Level> {
    const file = await this.file(directory, 'package.json', LARGEST_PACKAGE);
    if (!file) throw new Error('package.json is gone');
    return {
      directory,
      manifest: manifestIn(file),
      files: await filesIn(directory, this.boundsOf(directory)),
    };
  }

  /** All directories above, the nearest first, whether or not they have anything to do with the app. */
  async above(directory: string): Promise<Level[]> {
    const levels: Level[] = [];
    for (
      let below = directory, above = dirname(below);
      above !== below;
      below = above, above = dirname(above)
    ) {
      const manifest = await this.file(above, 'package.json', LARGEST_PACKAGE)
        .then((file) => file && manifestIn(file))
        .catch(() => null);
      levels.push({ directory: above, manifest, files: await filesIn(above, this.boundsOf(above)) });
    }
    return levels;
  }

  /** The text of a lock file; empty where there is none that can be read. */
  async lockText(level: Level, name: string): Promise<string> {
    if (!level.files.has(name)) return '';
    const file = await this.file(level.directory, name, LARGEST_LOCK).catch(noneOf);
    return file?.toString() ?? '';
  }

  /** Looks anew at all of them. @throws OutsideError where a file leads out of APPS_DIR. */
  async contents(directory: string): Promise<Contents> {
    const hash = createHash('sha256');
    const named: string[] = [];
    for (const name of [...LOCKS, ...CONFIGURATIONS]) {
      const isLock = LOCKS.includes(name);
      const limit = isLock ? LARGEST_LOCK : LARGEST_CONFIGURATION;
      const bytes = await this.file(directory, name, limit).catch(noneOf);
      if (!bytes) continue;
      if (!isLock) named.push(...namesIn(bytes.toString()));
      hash.update(`${name}\0${bytes.length}\0`);
      // A large one takes a quarter of a second. Other work goes on in between.
      for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE) {
        hash.update(bytes.subarray(at, at + HASHED_AT_ONCE));
        await nextTurn();
      }
    }
    return { digest: hash.digest('hex'), named };
  }

  private async file(directory: string, name: string, limit: number): Promise<Buffer | null> {
    const file = await readWithin(join(directory, name), limit, this.boundsOf(directory), this.reader);
    return file?.bytes ?? null;
  }

  /** A workspace may lie around APPS_DIR. What is read there must lie in its own directory. */
  private boundsOf(directory: string): string | null {
    const { within } = this;
    if (within === null) return null;
    return isInside(directory, within) ? directory : within;
  }
}

/** A file that cannot be read counts as absent. A file that leads out of APPS_DIR is an error. */
function noneOf(error: unknown): null {
  if (error instanceof OutsideError) throw error;
  return null;
}

/** @param within what leads out of it counts as absent: a lock file elsewhere must not choose the package manager. */
async function filesIn(directory: string, within: string | null): Promise<ReadonlySet<string>> {
  const names = [...LOCKS, ...CONFIGURATIONS];
  const there = await Promise.all(
    names.map(async (name) => {
      const real = await realpath(join(directory, name)).catch(() => null);
      if (real === null || (within !== null && !isInside(within, real))) return false;
      return (await lstat(real).catch(() => null))?.isFile() ?? false;
    }),
  );
  return new Set(names.filter((_, index) => there[index]));
}

function manifestIn(bytes: Buffer): Package {
  const found = parsed(bytes.toString().replace(/^\uFEFF/, ''));
  if (typeof found !== 'object' || found === null) throw new Error('package.json is not an object');
  return found as Package;
}

/** Without the parser's reason, which quotes the text: who may read our messages may not be who may read the file. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('package.json is not JSON');
  }
}
