import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMAND, makeDataDir, toehold } from '../support/serve.ts';

/** Commands that print without a server, or fail without one, and the code of each. */
const COMMANDS: readonly (readonly [line: string, code: number])[] = [
  ['--help', 0],
  ['--version', 0],
  ['token --help', 0],
  ['doctor', 0],
  ['new blog', 0],
  ['service install --print', 0],
  ['completion bash', 0],
  ['ls', 3],
];

/** What these print goes to standard error. */
const FAILURES: readonly (readonly [line: string, code: number])[] = [
  ['token list', 2],
  ['new -', 2],
  ['logs -f', 3],
  ['stop --all', 3],
  ['no-such-command', 2],
  ['serve --port none', 2],
];

async function environment(): Promise<Record<string, string>> {
  const { path } = await makeDataDir();
  return { DATA_DIR: path, HOME: path };
}

test.each(COMMANDS)('toehold %s ends quietly when its reader has gone', async (line, code) => {
  const command = toehold(line.split(' '), await environment());
  command.child.stdout.destroy();
  expect(await command.ended).toEqual({ code, signal: null });
  expect(command.stderr()).not.toMatch(/EPIPE|^ +at /m);
});

test.each(FAILURES)('toehold %s keeps its exit code when its message has no reader', async (line, code) => {
  const command = toehold(line.split(' '), await environment());
  command.child.stdout.destroy();
  command.child.stderr.destroy();
  expect(await command.ended).toEqual({ code, signal: null });
});

/** Runs a command whose standard output is a full disk. */
async function onFullDisk(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [...COMMAND, ...args], {
    env: { PATH: process.env.PATH, XDG_STATE_HOME: join(env.DATA_DIR ?? '', '.state'), ...env },
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stderr };
}

const LOST = { code: 1, stderr: expect.stringMatching(/^toehold: .*ENOSPC.*\n$/) };

describe.runIf(process.platform === 'linux')('output on a full disk', () => {
  test('is an error, and the work is done', async () => {
    const env = await environment();
    expect(await onFullDisk(['new', 'blog'], env)).toEqual(LOST);
    expect((await toehold(['new', 'blog'], env).ended).code).toBe(1);
  });

  test.each(['--help', '--version', 'help', 'ls --help', 'service install --help', 'serve --help'])(
    'toehold %s is an error',
    async (line) => {
      expect(await onFullDisk(line.split(' '), await environment())).toEqual(LOST);
    },
  );
});
