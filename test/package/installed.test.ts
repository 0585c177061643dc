import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { registryWith } from './registry.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** SQLite is compiled. */
const INSTALLATION = 600_000;

let directory: string;
let files: string[];
/** What `npm pack` wrote. */
let archive: string;
/** What asked for a binary of SQLite that was compiled elsewhere. */
const askedForBinaries: string[] = [];
/** `lib/node_modules/toehold` of the place that it was installed to. */
let installed: string;
let environment: Record<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toehold-package-'));
  const prefix = join(directory, 'prefix');
  const packed = await run('npm', ['pack', '--json', '--pack-destination', directory], {
    cwd: ROOT,
    maxBuffer: 2 ** 26,
  });
  // Behind what the scripts print. npm has told both an array and an object with the package's name.
  const told = JSON.parse(packed.stdout.slice(packed.stdout.search(/^[[{]/m)));
  const [pack] = Object.values(told) as { filename: string; files: { path: string }[] }[];
  files = pack?.files.map(({ path }) => path) ?? [];
  archive = join(directory, pack?.filename ?? '');
  const binaries = createServer((request, response) => {
    askedForBinaries.push(request.url ?? '');
    response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(binaries, 'listening');
  const { port } = binaries.address() as AddressInfo;
  // As README says it; npm before 11 knows no such flag, and needs none.
  await run('npm', ['i', '-g', '--prefix', prefix, '--allow-scripts=better-sqlite3', archive], {
    cwd: directory,
    env: { ...process.env, npm_config_better_sqlite3_binary_host: `http://127.0.0.1:${port}` },
    maxBuffer: 2 ** 26,
  });
  binaries.close();
  installed = join(prefix, 'lib/node_modules/toehold');
  environment = {
    HOME: directory,
    PATH: `${join(prefix, 'bin')}:${process.env.PATH}`,
    DATA_DIR: join(directory, 'data'),
    PORT: '0',
    TOEHOLD_PORTS: await freePorts(4),
  };
}, INSTALLATION);

afterAll(() => rm(directory, { recursive: true, force: true }));

function toehold(...args: string[]) {
  return run('toehold', args, { cwd: directory, env: environment });
}

test('holds what runs, and nothing that only developers need', () => {
  for (const needed of [
    'dist/src/main.js',
    'dist/LICENSES.md',
    'dist/db/migrations/meta/_journal.json',
    'schema/schema.graphql',
    'npm-shrinkwrap.json',
    '.prebuild-installrc',
  ]) {
    expect(files).toContain(needed);
  }
  const allowed =
    /^(docs\/[^/]+\.(md|png)|examples\/(?!apps\/).*|dist\/.*\.(js|cjs|d\.ts|sql|json)|dist\/LICENSES\.md|schema\/schema\.graphql|[A-Z]+(\.md)?|package\.json|npm-shrinkwrap\.json|\.prebuild-installrc)$/;
  expect(files.filter((path) => !allowed.test(path))).toEqual([]);
  expect(
    files.filter((path) => /(^|\/)(test|bench|scripts|node_modules)\/|.\/examples\//.test(path)),
  ).toEqual([]);
});

test('downloads only what the build does not contain', async () => {
  const { dependencies, bundled } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const inBuild = await readFile(join(installed, 'dist/LICENSES.md'), 'utf8');
  const isInstalled = (name: string) => existsSync(join(installed, 'node_modules', name));
  expect(Object.keys(dependencies).filter((name) => !isInstalled(name))).toEqual([]);
  expect(bundled.filter(isInstalled)).toEqual([]);
  for (const name of ['graphql-yoga', 'drizzle-orm', '@graphql-yoga/render-graphiql'])
    expect(inBuild).toContain(`## ${name} `);
});

test('compiles SQLite, and asks nobody for a binary of it', () => {
  expect(askedForBinaries).toEqual([]);
});

describe('what it locks', () => {
  /** Those of the production packages in package-lock.json, by their place. */
  async function lockedVersions(): Promise<Record<string, string>> {
    const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
    const locked = Object.entries<{ version: string; dev?: boolean; devOptional?: boolean }>(packages);
    return Object.fromEntries(
      locked
        .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
        .map(([path, { version }]) => [path, version]),
    );
  }

  async function installedVersions(place: string): Promise<Record<string, string>> {
    const present: Record<string, string> = {};
    for (const path of Object.keys(await lockedVersions())) {
      const manifest = await readFile(join(place, path, 'package.json'), 'utf8').catch(() => '{}');
      present[path] = JSON.parse(manifest).version;
    }
    return present;
  }

  test('leaves no lock behind that npm would prefer to package-lock.json', () => {
    expect(existsSync(join(ROOT, 'npm-shrinkwrap.json'))).toBe(false);
  });

  test('is what npm installs from a registry, and what `npm ci` installs from the archive', async () => {
    const unpacked = join(directory, 'unpacked');
    await mkdir(unpacked);
    await run('tar', ['xzf', archive, '-C', unpacked, '--strip-components=1']);
    const shrinkwrap = await readFile(join(unpacked, 'npm-shrinkwrap.json'), 'utf8');
    expect(shrinkwrap).not.toMatch(/"resolved"|"dev": true|"devDependencies"/);

    // As SECURITY.md says it.
    await run('npm', ['pkg', 'delete', 'devDependencies'], { cwd: unpacked });
    await run('npm', ['ci', '--omit=dev', '--ignore-scripts'], { cwd: unpacked });
    const { packages } = JSON.parse(shrinkwrap);
    expect(await installedVersions(unpacked)).toEqual(await lockedVersions());
    await rm(join(unpacked, 'node_modules'), { recursive: true });

    // Changed to what npm would not choose by itself.
    packages['node_modules/semver'] = { version: '7.8.5' };
    await writeFile(
      join(unpacked, 'npm-shrinkwrap.json'),
      JSON.stringify({ ...JSON.parse(shrinkwrap), packages }),
    );
    const changed = join(directory, 'changed.tgz');
    await run('tar', ['czf', changed, '-C', directory, 'unpacked']);
    const manifest = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'));
    const others = (await run('npm', ['config', 'get', 'registry'], { cwd: ROOT })).stdout.trim();
    const { url, server } = await registryWith(manifest, await readFile(changed), others);
    try {
      const prefix = join(directory, 'published');
      await run(
        'npm',
        ['i', '-g', '--prefix', prefix, '--ignore-scripts', '--registry', url, manifest.name],
        {
          cwd: directory,
          maxBuffer: 2 ** 26,
        },
      );
      const expected = { ...(await lockedVersions()), 'node_modules/semver': '7.8.5' };
      expect(await installedVersions(join(prefix, 'lib/node_modules/toehold'))).toEqual(expected);
    } finally {
      server.close();
    }
  }, 300_000);
});

describe('installed in an empty place', () => {
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    await mkdir(join(directory, 'data/apps'), { recursive: true });
    server = spawn('toehold', ['serve'], {
      cwd: directory,
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = await once(createInterface({ input: server.stdout as NodeJS.ReadableStream }), 'line');
    url = String(line);
  }, 60_000);

  afterAll(async () => {
    if (server.exitCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGTERM');
    await exit;
  });

  test('makes an app, runs it and lists it', async () => {
    expect((await toehold('new', 'blog')).stdout).toContain('Made blog');
    await toehold('start', 'blog', '--wait').catch(() => {});
    await until(async () => (await toehold('ls', '--json')).stdout.includes('"RUNNING"'), 'blog runs');
    expect((await toehold('logs', 'blog')).stdout).toContain('Listening on port');
    expect((await toehold('doctor', '--json')).stdout).not.toContain('"problem"');
  }, 60_000);

  test('brings the page for queries', async () => {
    const token = (await readFile(join(directory, 'data/.toehold/token'), 'utf8')).trim();
    const page = await fetch(`${url}/graphql`, {
      headers: { accept: 'text/html', authorization: `Bearer ${token}` },
    });
    expect(page.status).toBe(200);
    expect((await page.text()).length).toBeGreaterThan(1_000_000);
  });

  test('lets programs import the client, with its types, and the schema', async () => {
    const project = join(directory, 'project');
    await mkdir(join(project, 'node_modules'), { recursive: true });
    await symlink(installed, join(project, 'node_modules/toehold'));
    await cp(join(ROOT, 'node_modules/graphql-ws'), join(project, 'node_modules/graphql-ws'), {
      recursive: true,
    });
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
    await writeFile(join(project, 'program.ts'), PROGRAM);
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = [
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2023,dom',
      '--types',
      'node',
    ];
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--skipLibCheck'];
    await run(process.execPath, [compiler, ...options, ...types, 'program.ts'], { cwd: project });
    const token = (await readFile(join(directory, 'data/.toehold/token'), 'utf8')).trim();
    const { stdout } = await run(process.execPath, ['program.js', url, token], { cwd: project });
    expect(JSON.parse(stdout)).toEqual({ apps: ['blog'], schema: true });
  }, 60_000);

  test('ends as it is told', async () => {
    const exit = once(server, 'exit');
    await toehold('shutdown', '--stop');
    expect(await exit).toEqual([0, null]);
  }, 60_000);
});

const PROGRAM = `
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { AppsDocument, connect } from 'toehold/client';

const [, , url = '', token = ''] = process.argv;
const client = connect({ url, token });
const { apps } = await client.request(AppsDocument);
const names: string[] = apps.nodes.map(({ name }) => name);
const schema = readFileSync(createRequire(import.meta.url).resolve('toehold/schema.graphql'), 'utf8');
console.log(JSON.stringify({ apps: names, schema: schema.includes('type Query') }));
await client.close();
`;
