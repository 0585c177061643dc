import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generate } from '@graphql-codegen/cli';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { printedSchema } from './schema/sdl.ts';

// Writes everything that is made from the schema: its SDL, its introspection, and the typed documents of
// whoever keeps operations in this repository. With `--check` it writes nothing and tells what is stale;
// `--schema <file>` asks the same of another schema, so that a change can be tried before it is made.

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** Where operations stand, and where their types go. */
const CLIENTS = [
  { documents: ['test/**/*.ts', '!test/generated/**', '!test/fixtures/**'], to: 'test/generated/' },
  { documents: ['examples/*.ts'], to: 'examples/generated/' },
  // As texts, for which a browser needs no printer; and without the map of all of them, which no bundler could thin out.
  { documents: ['client/documents/*.graphql'], to: 'client/generated/', documentMode: 'string' },
  {
    documents: ['src/cli/**/*.ts', '!src/cli/generated/**'],
    to: 'src/cli/generated/',
    documentMode: 'string',
  },
];

const { values: options } = parseArgs({
  options: { check: { type: 'boolean', default: false }, schema: { type: 'string' } },
});

interface GeneratedFile {
  /** From the root of the repository on. */
  readonly path: string;
  readonly content: string;
}

async function generatedFiles(): Promise<GeneratedFile[]> {
  const sdl = options.schema === undefined ? printedSchema() : await readFile(options.schema, 'utf8');
  const introspection = introspectionFromSchema(buildSchema(sdl), { oneOf: true, specifiedByUrl: true });
  return [
    { path: 'schema/schema.graphql', content: sdl },
    { path: 'schema/introspection.json', content: `${JSON.stringify(introspection, null, 2)}\n` },
    ...(await typedDocuments(sdl)),
  ];
}

async function typedDocuments(sdl: string): Promise<GeneratedFile[]> {
  const generates = CLIENTS.map(({ documents, to, documentMode }) => [
    to,
    {
      documents,
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode,
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { Cursor: 'string', DateTime: 'string', ID: 'string' },
      },
    },
  ]);
  const files: { filename: string; content: string }[] = await generate(
    {
      cwd: ROOT,
      schema: sdl,
      generates: Object.fromEntries(generates),
      ignoreNoDocuments: true,
      emitLegacyCommonJSImports: false,
      importExtension: '.ts',
      silent: true,
      errorsOnly: true,
    },
    false,
  );
  return files
    .map(({ filename, content }) => ({ path: filename.replace(ROOT, ''), content: shakable(content) }))
    .filter(({ path }) => !path.startsWith('client/') || path === 'client/generated/graphql.ts');
}

/** Lets a bundler leave out the operations that nobody asks for. */
function shakable(content: string): string {
  return content.replaceAll('= new TypedDocumentString(', '= /* @__PURE__ */ new TypedDocumentString(');
}

async function isStale({ path, content }: GeneratedFile): Promise<boolean> {
  return (await readFile(join(ROOT, path), 'utf8').catch(() => null)) !== content;
}

const files = await generatedFiles();
if (options.check || options.schema !== undefined) {
  const stale = await Promise.all(files.map(async (file) => ((await isStale(file)) ? [file.path] : [])));
  for (const path of stale.flat())
    console.error(`${path} is not what the code makes: run "npm run codegen" and commit it`);
  process.exitCode = stale.flat().length > 0 ? 1 : 0;
} else {
  for (const { path, content } of files) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true });
    await writeFile(join(ROOT, path), content);
  }
}
