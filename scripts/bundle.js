// Bundles the command and the libraries that it uses into a few files: node scripts/bundle.js DIRECTORY
// A start reads some ten files in place of 1,300. What is left outside: SQLite, which is compiled where it is
// installed, and GraphiQL, which is 9 MB and read when somebody opens it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const directory = process.argv[2];
const bundle = await rolldown({
  cwd: root,
  input: { main: 'src/main.ts' },
  platform: 'node',
  external: ['better-sqlite3', /^@graphql-yoga\/render-graphiql/],
});
const { output } = await bundle.write({
  dir: join(directory, 'src'),
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
});
await bundle.close();
writeFileSync(join(directory, 'LICENSES.md'), licenses(output.flatMap(({ moduleIds }) => moduleIds ?? [])));

/** The license of each package that is in the bundle: most ask that it go wherever their code goes. */
function licenses(modules) {
  const packages = new Set(
    modules.flatMap(
      (id) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(relative(root, id))?.[0] ?? [],
    ),
  );
  const sections = [...packages].map((place) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, place, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, place)).find((entry) => /^licen[sc]e/i.test(entry));
    const text = file === undefined ? '' : `\n${readFileSync(join(root, place, file), 'utf8').trim()}\n`;
    return `## ${name} ${version} (${license})\n${text}`;
  });
  return `# Licenses of the packages in this build\n\n${sections.sort().join('\n')}`;
}
