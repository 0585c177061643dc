import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { sharedServer } from '../support/whole-server.ts';

const server = sharedServer();

const GOOD = { scripts: { toes: program('serve') } };

/** Puts something in the place of package.json. */
type Maker = (path: string) => Promise<unknown>;

const MANIFESTS: readonly (readonly [title: string, make: Maker, error: RegExp])[] = [
  ['is empty', (path) => writeFile(path, ''), /^Invalid JSON in package.json: /],
  [
    'has more than 1 MB',
    (path) => writeFile(path, JSON.stringify({ ...GOOD, more: 'x'.repeat(1024 * 1024) })),
    /package.json.*(1 MB|1048576|1,048,576)/,
  ],
  [
    'is no UTF-8',
    (path) => writeFile(path, Buffer.from(JSON.stringify({ ...GOOD, name: 'caf\u00e9' }), 'latin1')),
    /^Invalid JSON in package.json: .*UTF-8/,
  ],
  [
    'is UTF-16',
    (path) => writeFile(path, Buffer.from(JSON.stringify(GOOD), 'utf16le')),
    /^Invalid JSON in package.json: /,
  ],
  ['is a directory', (path) => mkdir(path), /^Missing package.json$/],
  ['is a symlink to itself', (path) => symlink('package.json', path), /^Missing package.json$/],
  [
    'is a loop of symlinks',
    (path) =>
      symlink('other.json', path).then(() => symlink('package.json', join(dirname(path), 'other.json'))),
    /^Missing package.json$/,
  ],
  ['is a FIFO', (path) => promisify(execFile)('mkfifo', [path]), /^Missing package.json$/],
  ['is a list', (path) => writeFile(path, '[]'), /^package.json is not an object$/],
  ['is null', (path) => writeFile(path, 'null'), /^package.json is not an object$/],
  ['is half written', (path) => writeFile(path, '{"scripts": {"to'), /^Invalid JSON in package.json: /],
  [
    'is nested a million deep',
    (path) => writeFile(path, '['.repeat(1_000_000)),
    /^Invalid JSON in package.json: /,
  ],
  [
    'B-18: has scripts.toes: true',
    (path) => writeFile(path, '{"scripts": {"toes": true}}'),
    /^Missing scripts.toes in package.json$/,
  ],
  [
    'B-18: has scripts.toes: []',
    (path) => writeFile(path, '{"scripts": {"toes": []}}'),
    /^Missing scripts.toes in package.json$/,
  ],
];

describe('A4: a manifest that', () => {
  test.for(MANIFESTS)('%s makes its app INVALID; mended, the app starts', async ([title, make, error]) => {
    const { appsDir, waitForState, waitForApp, runs } = server();
    const name = title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 60)
      .replace(/-$/, '');
    const directory = join(appsDir, name, 'current');
    const manifest = join(directory, 'package.json');
    await mkdir(directory, { recursive: true });
    await make(manifest);
    await waitForApp(
      name,
      `is INVALID with ${error}`,
      (app) => app.state === 'INVALID' && error.test(app.error ?? ''),
    );
    expect(await runs(name)).toEqual([]);

    await rm(manifest, { recursive: true });
    await writeFile(
      manifest,
      JSON.stringify({ ...GOOD, scripts: { toes: 'sleep 100' }, toes: { port: false } }),
    );
    expect((await waitForState(name, 'RUNNING')).error).toBe(null);
    await rm(join(appsDir, name), { recursive: true });
  });
});

describe('B-18, A5: wrong types in `toes`', () => {
  test('are warnings; the app runs', async () => {
    const { addApp, waitForState } = server();
    const toes = { icon: 7, tool: [], health: 3, install: 'no', port: false };
    await addApp('odd', { script: 'sleep 100', toes });
    const { warnings } = await waitForState('odd', 'RUNNING');
    expect(warnings.length).toBeGreaterThanOrEqual(4);
  });

  test('B-13: `toes: "text"` is a warning, and its icon can be set', async () => {
    const { appsDir, ask, waitForState } = server();
    await mkdir(join(appsDir, 'texty', 'current'), { recursive: true });
    const path = join(appsDir, 'texty', 'current', 'package.json');
    await writeFile(path, JSON.stringify({ scripts: { toes: program('serve') }, toes: 'text' }));
    expect((await waitForState('texty', 'RUNNING')).warnings).not.toEqual([]);
    const { done } = await ask<{ done: { __typename: string } }>(
      'mutation { done: setAppIcon(input: { app: { name: "texty" }, icon: "🐙" }) { __typename ... on Error { message } } }',
    );
    const text = await readFile(path, 'utf8');
    if (done.__typename === 'SetAppIconSuccess') expect(JSON.parse(text).toes.icon).toBe('🐙');
    else expect(JSON.parse(text).toes).toBe('text');
    expect(await readdir(join(appsDir, 'texty', 'current'))).toEqual(['package.json']);
  });
});

test('B-23: each other error is told as an event', async () => {
  const { addApp, appsDir, ask, waitForApp, waitForState } = server();
  await addApp('torn', { script: 'exec sleep 1000', toes: { port: false } });
  await waitForState('torn', 'RUNNING');
  const path = join(appsDir, 'torn', 'current', 'package.json');
  const text = await readFile(path, 'utf8');
  const errors: (string | null)[] = [];
  for (const content of ['{', '[]', '{"scripts":{}}', text]) {
    await writeFile(path, content);
    const last = errors.at(-1) ?? null;
    errors.push((await waitForApp('torn', 'is told anew', ({ error }) => error !== last)).error);
  }
  expect(errors).toEqual([
    expect.stringMatching(/^Invalid JSON in package.json: /),
    'package.json is not an object',
    'Missing scripts.toes in package.json',
    null,
  ]);
  await waitForState('torn', 'RUNNING');
  const { events } = await ask<{ events: { nodes: { changes?: { field: string }[] }[] } }>(
    '{ events(apps: [{ name: "torn" }], last: 1000) { nodes { ... on AppUpdatedEvent { changes { field } } } } }',
  );
  const told = events.nodes.filter(({ changes }) => changes?.some(({ field }) => field === 'ERROR'));
  expect(told.length).toBeGreaterThanOrEqual(4);
});
