import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { sharedServer } from '../support/whole-server.ts';

const PAGE = await readFile(fileURLToPath(new URL('../../docs/languages.md', import.meta.url)), 'utf8');

/** The files of the page, by their paths below APPS_DIR without `current`. */
const FILES = new Map(
  [...PAGE.matchAll(/^`([a-z]+\/[\w./]+)`:\n\n```[a-z]+\n([\s\S]*?)```$/gm)].map(
    ([, path = '', text = '']) => [path, text] as const,
  ),
);

/** `go run` needs a directory for its cache, and nothing from the network. */
const env = { GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local', GO111MODULE: 'off' };
const server = sharedServer({ bystander: false, ports: 6, env });

/** Writes the files of an app as the page has them. */
async function put(app: string): Promise<void> {
  for (const [path, text] of FILES) {
    if (!path.startsWith(`${app}/`)) continue;
    const file = join(server().appsDir, app, 'current', path.slice(app.length + 1));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

async function answerOf(app: string): Promise<string> {
  const { port, warnings } = await server().waitForState(app, 'RUNNING');
  expect(warnings).toEqual([]);
  return (await fetch(`http://127.0.0.1:${port?.port}/`, { headers: { connection: 'close' } })).text();
}

function canRun(program: string): boolean {
  return spawnSync(program, [program === 'go' ? 'version' : '--version']).status === 0;
}

test('the page has each app whole', () => {
  const apps = [...FILES.keys()].filter((path) => path.endsWith('/package.json'));
  expect(apps).toEqual(['python', 'golang', 'deno', 'static'].map((name) => `${name}/package.json`));
  expect(FILES.size).toBe(8);
});

describe.runIf(canRun('python3'))('with python3', () => {
  test('the Python app answers, and its data stays when its release changes', async () => {
    await put('python');
    expect(await answerOf('python')).toBe('Hello from Python, visit 1\n');
    await server().waitForLine('python', /"GET \/ HTTP\/1.1" 200/);
    expect(await readFile(join(server().appsDir, 'python/data/visits'), 'utf8')).toBe('1');

    await server().rename('python', 'snake');
    expect(await answerOf('snake')).toBe('Hello from Python, visit 2\n');
    expect((await server().command('stopApp', 'snake')).__typename).toBe('StopAppSuccess');
    expect(await server().runs('snake')).toMatchObject([
      { exit: { reason: 'STOPPED' } },
      { exit: { reason: 'STOPPED' } },
    ]);
  });

  test('the static files are served', async () => {
    await put('static');
    expect(await answerOf('static')).toContain('<p>Hello from a file</p>');
  });
});

// Not registered without Go, which scripts/test.sh reports: a skipped test counts as a failure in CI.
if (canRun('go')) {
  describe('with go', () => {
    test('the Go app answers', { timeout: 150_000 }, async () => {
      await put('golang');
      // It compiles first.
      await until(async () => (await server().app('golang'))?.state === 'RUNNING', 'golang runs', 120_000);
      expect(await answerOf('golang')).toBe('Hello from Go\n');
    });
  });
}
