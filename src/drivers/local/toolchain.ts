import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { readRegular } from '../../host/safe-read.ts';

/** A program as the key of an installation knows it. */
export interface Tool {
  /** Name and version where the program is part of a package; else the file, its size and when it was written. */
  readonly identity: string;
  /** Null where the program is part of no package. */
  readonly package: { readonly name: string; readonly version: string } | null;
}

/** In bytes. */
const LARGEST_PACKAGE = 1_048_576;
/** `<package>/dist/bin/program` at the most. */
const LEVELS = 3;

/** The absolute path of a program that may be run; null where PATH has none. Relative entries are not searched. */
export async function findProgram(name: string, path: string): Promise<string | null> {
  for (const entry of path.split(delimiter)) {
    if (!entry.startsWith('/')) continue;
    const program = join(entry, name);
    const runs = await access(program, constants.X_OK).then(
      () => stat(program).then((stats) => stats.isFile()),
      () => false,
    );
    if (runs) return program;
  }
  return null;
}

/** Which program it is. It is not run: it may be the app's own, and nothing of an app runs outside of its run. */
export async function toolAt(program: string): Promise<Tool> {
  const real = await realpath(program).catch(() => program);
  let directory = dirname(real);
  for (let level = 0; level < LEVELS; level++, directory = dirname(directory)) {
    const found = await packageOf(real, directory);
    if (found) return { identity: `${found.name}@${found.version}`, package: found };
  }
  return { identity: await fileIdentity(real), package: null };
}

/** The package in this directory, where the program is one of those that it installs. */
async function packageOf(program: string, directory: string): Promise<Tool['package']> {
  try {
    const file = await readRegular(join(directory, 'package.json'), LARGEST_PACKAGE);
    const { name, version, bin } = JSON.parse(file?.bytes.toString() ?? '{}');
    const programs = typeof bin === 'string' ? [bin] : Object.values(bin ?? {});
    const isIts = programs.some((path) => typeof path === 'string' && join(directory, path) === program);
    return isIts && typeof name === 'string' && typeof version === 'string' ? { name, version } : null;
  } catch {
    return null;
  }
}

async function fileIdentity(path: string): Promise<string> {
  const stats = await stat(path).catch(() => null);
  return stats ? `${path}:${stats.size}:${Math.round(stats.mtimeMs)}` : path;
}

/**
 * What compiled modules are compiled for: the system, the processor, and the ABI of the node on this PATH. Another
 * node than the one that runs this process is known by its file.
 */
export async function platformOn(path: string): Promise<string> {
  const node = await findProgram('node', path);
  const real = node && (await realpath(node).catch(() => node));
  const own = await realpath(process.execPath).catch(() => process.execPath);
  const abi = real === null ? 'none' : real === own ? process.versions.modules : await fileIdentity(real);
  return `${process.platform}-${process.arch}-${abi}`;
}
