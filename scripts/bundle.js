// Bundles the command and the libraries that it uses into a few files: node scripts/bundle.js DIRECTORY
// A start reads a few files in place of 1,300, and an installation downloads no library but SQLite, which is compiled
// where it is installed, and what toehold/client needs. GraphiQL is a file of its own: it is 9 MB, and is read when
// somebody opens it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { shippedPlaces } from './shipped.js';

const root = join(import.meta.dirname, '..');
const directory = process.argv[2];
const bundle = await rolldown({
  cwd: root,
  input: { main: 'src/main.ts' },
  platform: 'node',
  // The most common commands stand in the file of the program on purpose.
  checks: { ineffectiveDynamicImport: false },
  external: ['better-sqlite3'],
  plugins: [{ name: 'graphql-modules', resolveId: graphqlModule }],
});
const { output } = await bundle.write({
  dir: join(directory, 'src'),
  // CommonJS: Node reads and links it in less time than modules, and a command starts often.
  format: 'cjs',
  sourcemap: true,
  // Half as much to read. The names of functions stay, for the stacks of errors.
  minify: {
    compress: { keepNames: { function: true, class: true } },
    mangle: { keepNames: true },
    codegen: true,
  },
  codeSplitting: {
    groups: [
      // Read before the program by a Node that can keep what it has compiled.
      { name: 'trust', test: /\/src\/host\/trust\.ts$/, priority: 1 },
      // What every command needs, and the commands that people start most often: each further file takes time.
      {
        name: 'cli',
        test: /\/src\/cli\/(program|commands\/(index|ls|change|mutations)|servers\/(session|find-server|guarded-client))\.ts$/,
      },
    ],
  },
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
});
await bundle.close();
writeFileSync(join(directory, 'src/package.json'), '{"type":"commonjs"}\n');
const places = placesOf(output.flatMap(({ moduleIds }) => moduleIds ?? []));
refuseUnchecked(places);
writeFileSync(join(directory, 'LICENSES.md'), licenses(places));

/** The ES module of graphql, of which the bundle takes what is used. For all importers, because graphql works once only. */
function graphqlModule(source) {
  const part = /^graphql(\/.*)?$/.exec(source);
  if (!part) return null;
  const path = join(root, 'node_modules/graphql', (part[1] ?? '').replace(/\.m?js$/, ''));
  const found = [`${path}.mjs`, join(path, 'index.mjs')].find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${source} is not there as an ES module`);
  return found;
}

/** Where the packages of these modules are: `node_modules/a`. */
function placesOf(modules) {
  const places = modules.flatMap(
    (id) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(relative(root, id))?.[0] ?? [],
  );
  return [...new Set(places)];
}

/** Ends the build if it contains a package that `npm run packages` does not check. */
function refuseUnchecked(places) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { bundled } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const checked = shippedPlaces(packages, bundled);
  const unchecked = places.filter((place) => !checked.has(place));
  if (unchecked.length > 0) {
    throw new Error(`The build contains ${unchecked.join(', ')}: name it in \`bundled\` of package.json`);
  }
}

/** The license of each package that is in the bundle: most ask that it go wherever their code goes. */
function licenses(places) {
  const sections = places.map((place) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, place, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, place)).find((entry) => /^licen[sc]e/i.test(entry));
    const text = file === undefined ? '' : `\n${readFileSync(join(root, place, file), 'utf8').trim()}\n`;
    return `## ${name} ${version} (${license})\n${text}`;
  });
  return `# Licenses of the packages in this build\n\n${sections.sort().join('\n')}`;
}
