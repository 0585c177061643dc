import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
/** The repository in the sources, `dist` in the build, where this module is part of a file in `dist/src`. */
const root = here.slice(0, here.lastIndexOf('/src/'));

/**
 * The absolute path of a file that the program brings.
 * @param path from the root, the same in the sources and in the build: `db/migrations`.
 */
export function ownFile(path: string): string {
  return `${root}/${path}`;
}
