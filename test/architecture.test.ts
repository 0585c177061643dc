import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';

/** Each room, and the rooms that it may import from, besides itself. */
const ROOMS: Readonly<Record<string, { readonly path: RegExp; readonly from: readonly string[] }>> = {
  core: { path: /^src\/core\//, from: [] },
  contracts: { path: /^src\/contracts\//, from: ['core'] },
  // What several rooms need of the operating system.
  host: { path: /^src\/host\//, from: ['core'] },
  drivers: { path: /^src\/drivers\//, from: ['core', 'contracts', 'host'] },
  logs: { path: /^src\/logs\//, from: ['core', 'contracts', 'host'] },
  discovery: { path: /^src\/discovery\//, from: ['core', 'contracts', 'host'] },
  db: { path: /^db\//, from: ['core', 'contracts', 'host'] },
  access: { path: /^src\/access\//, from: ['core', 'contracts', 'host'] },
  supervisor: { path: /^src\/supervisor\//, from: ['core', 'contracts'] },
  schema: { path: /^schema\//, from: ['core', 'contracts'] },
  server: { path: /^src\/server\//, from: ['core', 'contracts', 'host', 'schema'] },
  config: { path: /^src\/config(\/.*)?\.ts$|^src\/config\//, from: ['core'] },
  compose: {
    path: /^src\/compose\.ts$/,
    from: [
      'core',
      'contracts',
      'host',
      'drivers',
      'logs',
      'discovery',
      'db',
      'access',
      'supervisor',
      'schema',
      'server',
      'config',
    ],
  },
  // What somebody else could have written: it knows the server by its schema alone.
  client: { path: /^client\//, from: [] },
  cli: {
    path: /^src\/cli\//,
    from: [
      'core',
      'contracts',
      'host',
      'drivers',
      'logs',
      'discovery',
      'access',
      'db',
      'config',
      'compose',
      'client',
    ],
  },
  main: { path: /^src\/main\.ts$/, from: ['cli', 'config'] },
};

let modules: readonly IModule[];

beforeAll(async () => {
  const { output } = await cruise(
    ['src', 'schema', 'db', 'client'],
    { tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' }, exclude: { path: '^dist' } },
    {
      extensions: ['.ts', '.js', '.json'],
      // Packages whose files have names of their own, and those of types alone.
      ...{ exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
      mainFields: ['main', 'types', 'typings'],
    },
    { tsConfig: ts.readConfigFile('tsconfig.json', ts.sys.readFile).config },
  );
  modules = (output as ICruiseResult).modules;
});

function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS).find((name) => ROOMS[name]?.path.test(path));
}

async function sources(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true });
  return entries.filter((entry) => entry.endsWith('.ts')).map((entry) => join(directory, entry));
}

describe('rooms', () => {
  test('every source file stands in a room', () => {
    const own = modules
      .map(({ source }) => source)
      .filter((path) => /^(src|db|schema|client)\/.*\.ts$/.test(path));
    expect(own.length).toBeGreaterThan(20);
    // What is not looked at cannot be wrong: the import of a type, with its extension, must be among what is seen.
    const clock = modules.find(({ source }) => source === 'src/drivers/system-clock.ts');
    expect(clock?.dependencies.map(({ resolved }) => resolved)).toContain('src/contracts/clock.ts');
    expect(own.filter((path) => roomOf(path) === undefined)).toEqual([]);
  });

  test('import only from the rooms above them', () => {
    const wrong = modules.flatMap(({ source, dependencies }) => {
      const room = roomOf(source);
      return dependencies
        .map(({ resolved }) => resolved)
        .filter((target) => {
          const other = roomOf(target);
          return room && other && room !== other && !ROOMS[room]?.from.includes(other);
        })
        .map((target) => `${source} → ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  test('no import leads nowhere, or in a circle', () => {
    const wrong = modules.flatMap(({ source, dependencies }) =>
      dependencies
        .filter(({ circular, couldNotResolve }) => circular || couldNotResolve)
        .map(({ module }) => `${source} → ${module}`),
    );
    expect(wrong).toEqual([]);
  });
});

test('features of the schema import one another in one direction', () => {
  // Each may import those before it.
  const ORDER = ['streams', 'logs', 'runs', 'apps', 'ports', 'access', 'events'];
  const featureOf = (path: string) => /^schema\/(\w+)\//.exec(path)?.[1] ?? '';
  const inFeatures = modules.filter(({ source }) => featureOf(source) !== '');
  expect([...new Set(inFeatures.map(({ source }) => featureOf(source)))].sort()).toEqual([...ORDER].sort());
  const wrong = inFeatures.flatMap(({ source, dependencies }) =>
    dependencies
      .filter(({ resolved }) => ORDER.indexOf(featureOf(resolved)) > ORDER.indexOf(featureOf(source)))
      .map(({ resolved }) => `${source} → ${resolved}`),
  );
  expect(wrong).toEqual([]);
});

describe('core', () => {
  test('imports nothing but core: no library, nothing of Node', () => {
    const wrong = modules
      .filter(({ source }) => roomOf(source) === 'core')
      .flatMap(({ source, dependencies }) =>
        dependencies
          .filter(({ resolved }) => roomOf(resolved) !== 'core')
          .map(({ module }) => `${source} → ${module}`),
      );
    expect(wrong).toEqual([]);
  });

  test.each([
    ['clock', /\bDate\.now\(|new Date\(\)|\bperformance\b|\bsetTimeout\b|\bsetInterval\b/],
    ['chance', /\bMath\.random\b|\bcrypto\b/],
    ['await', /\bawait\b|\basync\b|\bPromise\b/],
    ['process', /\bprocess\b\./],
  ])('knows no %s', async (_what, pattern) => {
    expect(await matching('src/core', pattern)).toEqual([]);
  });
});

/** What the import of a file loads: it and all that it imports, but not what it loads when it is called. */
function loadedBy(...files: readonly string[]): string[] {
  const reached = new Set(files);
  for (const path of reached) {
    const imports = modules.find(({ source }) => source === path)?.dependencies ?? [];
    for (const { resolved, dynamic, dependencyTypes } of imports)
      if (!dynamic && !dependencyTypes.includes('type-only')) reached.add(resolved);
  }
  return [...reached];
}

/** What only some commands need: the server, and what takes long to load. */
const HEAVY =
  /^(db|schema|src\/(logs|server|supervisor|discovery|access|drivers))\/|node_modules\/(better-sqlite3|graphql|graphql-ws|ws|string-width|chokidar|drizzle-orm)\//;
const SLOW_BUILTINS =
  /^(node:)?(child_process|crypto|dns|fs\/promises|https|readline|timers\/promises|tls|worker_threads)\b/;

describe('a command loads nothing that it does not need', () => {
  // main.ts loads program.ts only after a look at the place where it runs.
  const program = ['src/main.ts', 'src/cli/program.ts'];

  test('the program loads no command', () => {
    const reached = loadedBy(...program);
    // What is not followed cannot be found.
    expect(reached).toContain('src/cli/commands/show-commands.ts');
    expect(reached.filter((path) => HEAVY.test(path) || SLOW_BUILTINS.test(path))).toEqual([]);
    expect(reached.filter((path) => /^src\/cli\/(serve|new|doctor|service|token)\.ts$/.test(path))).toEqual(
      [],
    );
  });

  test.each([
    ['ls', 'src/cli/commands/ls.ts'],
    ['start, stop, and restart', 'src/cli/commands/change.ts'],
  ])('%s', (_what, command) => {
    const reached = loadedBy(...program, 'src/cli/servers/session.ts', command);
    expect(reached).toEqual(
      expect.arrayContaining(['src/cli/servers/find-server.ts', 'client/connect.ts', 'http']),
    );
    expect(reached.filter((path) => HEAVY.test(path) || SLOW_BUILTINS.test(path))).toEqual([]);
  });

  test.each(['serve', 'new', 'doctor', 'service', 'token'])('%s --help', (name) => {
    const reached = loadedBy(`src/cli/${name}.ts`);
    expect(
      reached.filter((path) => /better-sqlite3|^(db|schema|src\/(logs|server|supervisor))\//.test(path)),
    ).toEqual([]);
  });
});

test('the server starts without what only some requests need', () => {
  const reached = loadedBy('src/compose.ts', 'src/cli/serve/run-server.ts');
  expect(reached.filter((path) => /node_modules\/(pino|graphql-yoga)\//.test(path))).toHaveLength(2);
  expect(
    reached.filter((path) => /node_modules\/(prom-client|jose|string-width)\/|render-graphiql/.test(path)),
  ).toEqual([]);
});

test('contracts hold types only: nothing is left of them in the program', async () => {
  const options = {
    compilerOptions: { ...compilerOptions(), module: ts.ModuleKind.ESNext, removeComments: true },
  };
  const wrong = [];
  for (const path of await sources('src/contracts')) {
    const { outputText } = ts.transpileModule(await readFile(path, 'utf8'), options);
    if (outputText.replace('export {};', '').trim() !== '') wrong.push(path);
  }
  expect(wrong).toEqual([]);
});

test('only src/config.ts reads the environment', async () => {
  const readers = [
    ...(await matching('src', /\bprocess\.env\b/)),
    ...(await matching('schema', /\bprocess\.env\b/)),
    ...(await matching('db', /\bprocess\.env\b/)),
  ];
  expect(readers).toEqual(['src/config.ts']);
});

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, '.').options;
}

/** The files whose code, comments and string contents left out, matches. */
async function matching(directory: string, pattern: RegExp): Promise<string[]> {
  const found = [];
  for (const path of await sources(directory)) {
    if (pattern.test(codeOf(await readFile(path, 'utf8')))) found.push(path);
  }
  return found;
}

function codeOf(source: string): string {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest);
  const tokens: string[] = [];
  const visit = (node: ts.Node): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const children = node.getChildren(file);
    if (children.length > 0) children.forEach(visit);
    else tokens.push(ts.isStringLiteralLike(node) || isTemplatePart(node) ? '""' : node.getText(file));
  };
  visit(file);
  return tokens.join(' ').replaceAll(' . ', '.').replaceAll(' (', '(');
}

function isTemplatePart({ kind }: ts.Node): boolean {
  return kind >= ts.SyntaxKind.FirstTemplateToken && kind <= ts.SyntaxKind.LastTemplateToken;
}
