import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** SQLite is compiled. */
const INSTALLATION = 600_000;

let directory: string;
let files: string[];
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
  // As README says it; npm before 11 knows no such flag, and needs none.
  await run(
    'npm',
    ['i', '-g', '--prefix', prefix, '--allow-scripts=better-sqlite3', join(directory, pack?.filename ?? '')],
    {
      cwd: directory,
      maxBuffer: 2 ** 26,
    },
  );
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
    'dist/db/migrations/meta/_journal.json',
    'schema/schema.graphql',
  ]) {
    expect(files).toContain(needed);
  }
  const allowed = /^(dist\/.*\.(js|d\.ts|sql|json)|schema\/schema\.graphql|[A-Z]+(\.md)?|package\.json)$/;
  expect(files.filter((path) => !allowed.test(path))).toEqual([]);
  expect(files.filter((path) => /(^|\/)(test|bench|examples|scripts)\//.test(path))).toEqual([]);
});

// Newer ones want a newer Node. `overrides` hold in this repository alone, so each stands among the dependencies, too.
test('brings the versions that run on the Node that it asks for', async () => {
  const { overrides, dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const pinned = Object.keys(overrides).filter((name) => name in dependencies);
  expect(pinned).toContain('@whatwg-node/fetch');
  for (const name of pinned) {
    expect(`${name} ${dependencies[name]}`).toBe(`${name} ${overrides[name]}`);
    const { version } = JSON.parse(
      await readFile(join(installed, 'node_modules', name, 'package.json'), 'utf8'),
    );
    expect(`${name} ${version}`).toBe(`${name} ${dependencies[name]}`);
  }
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
