import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { makeDataDir, serve } from '../support/serve.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

interface Instruction {
  readonly name: string;
  /** `--from=build` and the like. */
  readonly flags: Readonly<Record<string, string>>;
  readonly rest: string;
}

/** Parses the Dockerfile: comments, continued lines, and flags before the rest. */
function instructions(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, name = '', flags = '', rest = ''] = /^([A-Z]+) +((?:--\S+ +)*)(.+)$/.exec(line) ?? [];
    if (name === '') throw new Error(`no instruction: ${line}`);
    const pairs = [...flags.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, key, value]) => [key, value]);
    return { name, flags: Object.fromEntries(pairs), rest };
  });
}

const all = instructions(await readFile(join(ROOT, 'examples/docker/Dockerfile'), 'utf8'));
const stageStarts = all.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []));
const [build, image] = stageStarts.map((start, index) => all.slice(start, stageStarts[index + 1]));

/** The instructions of this name in the image. */
function said(name: string, stage = image): string[] {
  return (stage ?? []).filter((instruction) => instruction.name === name).map(({ rest }) => rest);
}

function environment(stage = image): Record<string, string> {
  const pairs = said('ENV', stage).flatMap((line) => line.split(' '));
  return Object.fromEntries(pairs.map((pair) => pair.split('=')));
}

test('the Dockerfile uses only existing instructions, in two stages', () => {
  const known = 'FROM RUN ENV WORKDIR COPY VOLUME EXPOSE USER STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD'.split(
    ' ',
  );
  expect(all.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
  expect(said('FROM', build)).toEqual(['node:20-bookworm-slim AS build']);
  expect(said('FROM')).toEqual(['node:20-bookworm-slim']);
});

test('its build copies existing files, and compiles SQLite from locked sources', () => {
  const sources = said('COPY', build).flatMap((line) => line.split(' ').slice(0, -1));
  expect(sources).toContain('.prebuild-installrc');
  expect(sources.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(said('RUN', build).join('\n')).toMatch(
    /g\+\+[\s\S]*npm ci[\s\S]*npm run build && npm prune --omit=dev/,
  );
});

test('its image has an init, a user other than root, a volume for the data, and a stop signal', () => {
  expect(JSON.parse(said('ENTRYPOINT')[0] ?? '')).toEqual(['tini', '--', 'toehold']);
  expect(JSON.parse(said('CMD')[0] ?? '')).toEqual(['serve']);
  expect(said('RUN').join()).toMatch(/ tini .*chown node:node \/data/);
  expect(said('USER')).toEqual(['node']);
  expect(said('STOPSIGNAL')).toEqual(['SIGTERM']);
  const { DATA_DIR, HOST, PORT } = environment();
  expect(said('VOLUME')).toEqual([DATA_DIR]);
  expect(said('EXPOSE')).toEqual([PORT]);
  expect(HOST).toBe('0.0.0.0');
});

test('the command runs from the copied files', async () => {
  const place = await mkdtemp(join(tmpdir(), 'toehold-image-'));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  for (const { name, flags, rest } of image ?? []) {
    if (name !== 'COPY') continue;
    expect(flags).toEqual({ from: 'build' });
    const [from = '', to = ''] = rest.split(' ');
    await mkdir(dirname(join(place, to)), { recursive: true });
    await symlink(join(ROOT, from.replace('/opt/toehold/', '')), join(place, to));
  }
  const [, program = ''] = /ln -s (\S+) \/usr\/local\/bin\/toehold/.exec(said('RUN').join()) ?? [];
  const { stdout } = await run(process.execPath, [
    '--preserve-symlinks',
    '--preserve-symlinks-main',
    join(place, program),
    '--version',
  ]);
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(stdout.trim()).toBe(version);
});

test('its health check passes while the server answers, and fails when it does not', async () => {
  const [line = ''] = said('HEALTHCHECK');
  const [program, ...args]: string[] = JSON.parse(line.replace(/^CMD /, ''));
  expect(program).toBe('node');
  const { path } = await makeDataDir();
  const server = await serve({ dataDir: path });
  const env = { PORT: new URL(await server.ready()).port };
  await run(process.execPath, args, { env });
  server.child.kill('SIGTERM');
  await server.ended;
  await expect(run(process.execPath, args, { env })).rejects.toMatchObject({ code: 1 });
});

test('docs/containers.md matches the Dockerfile', async () => {
  const text = await readFile(join(ROOT, 'docs/containers.md'), 'utf8');
  expect(text).toContain('examples/docker/Dockerfile');
  expect(text).toContain('--init');
  expect(text).toContain(`-v toehold:${environment().DATA_DIR}`);
});
