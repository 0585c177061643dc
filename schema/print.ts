import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { printedSchema } from './sdl.ts';

/** `print` writes schema.graphql; with `--check` it only says whether that is what the code makes, by its status. */
const file = fileURLToPath(new URL('./schema.graphql', import.meta.url));
const wanted = printedSchema();

if (process.argv.includes('--check')) {
  const found = await readFile(file, 'utf8').catch(() => '');
  if (found !== wanted) {
    console.error(
      'schema/schema.graphql is not what the code makes: run "npm run schema:print" and commit it',
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(file, wanted);
}
