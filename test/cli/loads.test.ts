import { spawnSync } from 'node:child_process';
import * as nodeModule from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Loaded {
  readonly files: readonly string[];
  readonly builtins: readonly string[];
}

/** What the built command has loaded at its end. Nobody listens at the address, so it does all but read an answer. */
function loadedBy(...args: readonly string[]): Loaded {
  const hook = join(ROOT, 'test/fixtures/cli/print-loaded.cjs');
  const { stderr } = spawnSync(
    process.execPath,
    ['--require', hook, join(ROOT, 'dist/src/main.js'), ...args],
    { encoding: 'utf8', env: { PATH: process.env.PATH } },
  );
  return JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
}

beforeAll(() => {
  spawnSync('sh', [join(ROOT, 'scripts/build.sh'), '--if-stale'], { stdio: 'ignore' });
}, 120_000);

/** Those of every command, and that of a Node that can keep what it has compiled. */
const FILES = ['cli.js', 'main.js', 'rolldown-runtime.js', 'trust.js']
  .concat('enableCompileCache' in nodeModule ? ['compile-cache.js'] : [])
  .sort();

test.each([[['ls']], [['start', 'hello']], [['stop', 'hello']], [['restart', 'hello']]])(
  '%s reads few files, and neither fetch nor a WebSocket',
  (args) => {
    const { files, builtins } = loadedBy(...args, '--url', 'http://127.0.0.1:1', '--token', 'toe_any');
    expect(files.map((path) => basename(path)).sort()).toEqual(FILES);
    // What is not seen cannot be found.
    expect(builtins).toContain('http');
    expect(
      builtins.filter((name) => /undici|^crypto$|^https$|^readline|^worker_threads$/.test(name)),
    ).toEqual([]);
  },
);

test('serve --help does not read the server', () => {
  const files = loadedBy('serve', '--help').files.map((path) => basename(path));
  expect(files).toContain('serve.js');
  expect(files).not.toContain('compose.js');
});
