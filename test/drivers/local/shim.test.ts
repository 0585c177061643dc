import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readExitFile, readPidFile } from '../../../src/drivers/local/run-directory.ts';
import { shimIn, withExec } from '../../../src/drivers/local/shim.ts';
import { SH } from '../../../src/host/shell.ts';

describe('exec before a simple command', () => {
  test.each([
    ['node server.js', 'exec node server.js'],
    ['  node server.js --port $PORT  ', '  exec node server.js --port $PORT  '],
    ['NODE_ENV=production node server.js', 'NODE_ENV=production exec node server.js'],
    ['A=1 B="two words" ./run.sh', 'A=1 B="two words" exec ./run.sh'],
    [`node -e 'a(); b()' "c; d"`, `exec node -e 'a(); b()' "c; d"`],
    ['node a\\ b.js', 'exec node a\\ b.js'],
    ['node a.js#1', 'exec node a.js#1'],
  ])('%s', (script, expected) => {
    expect(withExec(script)).toBe(expected);
  });

  test.each([
    'cd server && node .',
    'node a.js; node b.js',
    'node a.js | tee log',
    'node a.js &',
    'node a.js > log',
    'node a.js 2>&1',
    '(node a.js)',
    'node a.js\nnode b.js',
    'node $(which server)',
    'node `which server`',
    'node "$(which server)"',
    'node a.js # comment',
    'node a.js \\\n b.js',
    'node "a.js',
    "node 'a.js",
    'node a.js \\',
    'exit 3',
    'exec node a.js',
    'NODE_ENV=production',
    'if true',
    '! node a.js',
    '{ node a.js',
    '$SERVER a.js',
    '"node" a.js',
    ': nothing',
    'sleep 1 & wait',
    '',
  ])('not: %s', (script) => {
    expect(withExec(script)).toBe(script);
  });
});

describe.each([[SH], [['/bin/bash', '--norc', '--posix', '-p'] as const]])('the shim in %s', (shell) => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'toehold-shim-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function shim(script: string, environment: NodeJS.ProcessEnv = process.env) {
    const [program, ...flags] = shell;
    return spawnSync(program, [...flags, '-c', shimIn(shell), 'sh', directory, script], {
      env: environment,
      encoding: 'utf8',
    });
  }

  test.each([
    ['exit 0', 0, null],
    ['exit 3', 3, null],
    ['exec nosuchprogram', 127, null],
    ['exec /dev/null', 126, null],
    ['if then', 2, null],
    ['kill -TERM $$', 143, 'SIGTERM'],
    ['kill -KILL $$', 137, 'SIGKILL'],
  ])('A14: %s leaves the status %i', async (script, code, signal) => {
    expect(shim(script).status).toBe(code);
    expect(readExitFile(directory)).toMatchObject({ code, signal, at: expect.any(Number) });
  });

  test('the status is renamed into place, also where the app changed PATH', async () => {
    shim('exit 4', { PATH: '/nowhere' });
    expect(readExitFile(directory)).toMatchObject({ code: 4 });
    expect(readdirSync(directory).sort()).toEqual(['exit', 'pid']);
  });

  test('it writes itself and the script down, with start times and the boot', async () => {
    const { stdout } = shim('echo $$ $PPID');
    const file = readPidFile(directory);
    expect(`${file?.script?.pid} ${file?.shim.pid}\n`).toBe(stdout);
    expect(file?.boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    expect(file?.script?.start).toBeGreaterThanOrEqual(file?.shim.start ?? Number.POSITIVE_INFINITY);
  });

  test("nothing of its own gets into the app's log, and nothing of its files into the app", () => {
    const { stderr, stdout } = shim('ls -l /proc/self/fd | wc -l; echo oops >&2; kill -SEGV $$');
    expect(stderr).toBe('oops\n');
    const { stdout: plain } = spawnSync('/bin/sh', ['-c', 'ls -l /proc/self/fd | wc -l'], {
      encoding: 'utf8',
    });
    expect(stdout).toBe(plain);
  });

  test('no signal is ignored in the script', () => {
    const { stdout } = shim('grep SigIgn /proc/self/status');
    const { stdout: plain } = spawnSync('/bin/sh', ['-c', 'grep SigIgn /proc/self/status'], {
      encoding: 'utf8',
    });
    expect(stdout).toBe(plain);
  });
});
