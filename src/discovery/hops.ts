import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { isInside } from '../host/files.ts';

/** Entries, by the real directory that they lie in. */
export type Hops = Map<string, Set<string>>;

/** As many as Linux follows in one path. */
const MOST_LINKS = 40;

/**
 * Notes where a path may be made to lead elsewhere: each symlink on the way, and an entry that is missing; where it leads
 * to a directory also the last entry, and below another directory each entry.
 * @param start a real directory.
 * @param path what to follow from there; its symlinks may lead anywhere.
 * @param below the real directory in which each entry counts; null where the path leads to a file, which is watched itself.
 */
export async function noteHops(hops: Hops, start: string, path: string, below: string | null): Promise<void> {
  let directory = start;
  let rest = partsOf(path);
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      directory = dirname(directory);
      continue;
    }
    const target = await linkAt(join(directory, name));
    const isPlace = below !== null && (rest.length === 0 || isInside(below, directory));
    if (target !== null || isPlace) note(hops, directory, name);
    if (target === 'MISSING') return;
    if (target === null) {
      directory = join(directory, name);
      continue;
    }
    if (++links > MOST_LINKS) return;
    if (target.path.startsWith(sep)) directory = sep;
    rest = [...partsOf(target.path), ...rest];
  }
}

function note(hops: Hops, directory: string, name: string): void {
  const entries = hops.get(directory) ?? new Set();
  hops.set(directory, entries.add(name));
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== '' && part !== '.');
}

/** Where a symlink leads; null: it is none. */
async function linkAt(path: string): Promise<{ readonly path: string } | 'MISSING' | null> {
  try {
    return (await lstat(path)).isSymbolicLink() ? { path: await readlink(path) } : null;
  } catch {
    return 'MISSING';
  }
}
