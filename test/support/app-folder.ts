import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAMS = fileURLToPath(new URL('../fixtures/e2e/', import.meta.url));

export interface AppFolderOptions {
  /** A program of test/fixtures/e2e, or a whole line for `scripts.toes`. */
  readonly program?: string;
  readonly script?: string;
  /** The manifest's `toes`. */
  readonly toes?: object;
}

/** Lays out an app as a person would, in the plain layout, and answers the directory that it runs in. */
export async function writeAppFolder(
  appsDir: string,
  name: string,
  options: AppFolderOptions,
): Promise<string> {
  const directory = join(appsDir, name, 'current');
  const script = options.script ?? `node ${JSON.stringify(join(PROGRAMS, options.program ?? 'answers.mjs'))}`;
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ name, scripts: { toes: script }, toes: options.toes }),
  );
  return directory;
}
