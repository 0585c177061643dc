import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

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
