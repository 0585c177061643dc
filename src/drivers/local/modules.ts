import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Level, Package } from './project.ts';

/** Which packages a package.json names itself, and which of them are there. */
export interface Modules {
  /** Sorted. */
  readonly there: readonly string[];
  /** Those without which the app cannot be meant to run, and which are not there. Sorted. */
  readonly missing: readonly string[];
  /** How many there are of these: of `dependencies`, and not optional. */
  readonly needed: number;
}

const FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
const AT_ONCE = 64;
/** What a package may be called: it leads out of no directory. */
const NAME = /^(@[^/\\]+\/)?[^./\\@][^/\\]*$/;

/** The names in a field that lists dependencies. */
export function namesIn(manifest: Package | null, field: string): string[] {
  const list = manifest?.[field];
  return typeof list === 'object' && list !== null ? Object.keys(list) : [];
}

/**
 * Looks for a release's packages where Node does: in `node_modules` of the release and of the directories above it, as
 * far as the root of its workspace.
 */
export async function modulesOf({ directory, manifest }: Level, root: string): Promise<Modules> {
  const names = [...new Set(FIELDS.flatMap((field) => namesIn(manifest, field)))]
    .filter((name) => NAME.test(name))
    .sort();
  const places = placesFrom(directory, root);
  const there = new Set<string>();
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const looks = names.slice(at, at + AT_ONCE).map(async (name) => {
      for (const place of places) {
        const stats = await stat(join(place, 'node_modules', name)).catch(() => null);
        if (stats?.isDirectory()) return void there.add(name);
      }
    });
    await Promise.all(looks);
  }
  const optional = new Set(namesIn(manifest, 'optionalDependencies'));
  const dependencies = new Set(namesIn(manifest, 'dependencies'));
  const needed = names.filter((name) => dependencies.has(name) && !optional.has(name));
  return {
    there: names.filter((name) => there.has(name)),
    missing: needed.filter((name) => !there.has(name)),
    needed: needed.length,
  };
}

function placesFrom(directory: string, root: string): string[] {
  const places = [directory];
  for (let place = directory; place !== root && place !== dirname(place); ) {
    place = dirname(place);
    places.push(place);
  }
  return places;
}

/** Whether Yarn keeps the packages in archives, which `.pnp.cjs` lists: then there is no node_modules. */
export async function isPlugAndPlay(root: string): Promise<boolean> {
  for (const name of ['.pnp.cjs', '.pnp.js']) {
    if ((await stat(join(root, name)).catch(() => null))?.isFile()) return true;
  }
  return false;
}
