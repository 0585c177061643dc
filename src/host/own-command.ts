import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, normalize } from 'node:path';

/**
 * How a person calls this program in a shell: `toehold` if it is on PATH, otherwise `npx toehold`, which works in the directory of the
 * installation. The directories that npm adds for its scripts don't count, because the person's shell does not have them.
 * @param path the PATH of this process
 */
export function ownCommand(path: string | undefined): 'toehold' | 'npx toehold' {
  const directories = (path ?? '').split(delimiter).filter(isAbsolute);
  const own = directories.filter((directory) => !/node_modules[\\/]\.bin[\\/]?$/.test(normalize(directory)));
  return own.some((directory) => isProgram(join(directory, 'toehold'))) ? 'toehold' : 'npx toehold';
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
