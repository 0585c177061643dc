import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND, runProcess } from '../../support/serve.ts';
import { until } from '../../support/until.ts';
import { sharedServer } from '../../support/whole-server.ts';
import { leadingTo, run, shown } from '../servers/running.ts';

const server = sharedServer({ before: ({ addApp }) => addApp('welcome-page', {}) });

const complete = async (...words: string[]) => {
  const { code, stdout, stderr } = await run(['__complete', '--', ...words], leadingTo(server()));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0]);
};

test('completes commands, options, choices, and app names', async () => {
  const [commands, nested, options, choices, apps, second, nothing] = await Promise.all([
    complete('re'),
    complete('token', ''),
    complete('logs', '--s'),
    complete('logs', '--stream', ''),
    complete('stop', ''),
    complete('stop', 'bystander', 'w'),
    complete('rename', 'bystander', ''),
  ]);
  expect(commands).toEqual(['restore', 'releases', 'restart', 'rename']);
  expect(nested).toContain('create');
  expect(options).toEqual(['--since', '--stream']);
  expect(choices).toEqual(['stdout', 'stderr', 'supervisor']);
  expect(apps).toEqual(['bystander', 'welcome-page']);
  expect(second).toEqual(['welcome-page']);
  expect(nothing).toEqual([]);
});

test('prints nothing without a server', async () => {
  const env = { TOEHOLD_URL: 'http://127.0.0.1:9', XDG_STATE_HOME: tmpdir() };
  expect(await run(['__complete', '--', 'stop', ''], env)).toEqual({ code: 0, stdout: '', stderr: '' });
});

describe('in a real shell', () => {
  let bin = '';
  beforeAll(async () => {
    bin = await mkdtemp(join(tmpdir(), 'toehold-bin-'));
    const line = [process.execPath, ...COMMAND].map((word) => `'${word}'`).join(' ');
    await writeFile(join(bin, 'toehold'), `#!/bin/sh\nexec ${line} "$@"\n`);
    await chmod(join(bin, 'toehold'), 0o755);
  });
  afterAll(() => rm(bin, { recursive: true, force: true }));

  const SHELLS = [
    ['bash', 'bash --norc --noprofile -i', 'source <(toehold completion bash)'],
    ['zsh', 'zsh -f -i', 'autoload -U compinit; compinit -u -D; source <(toehold completion zsh)'],
    ['fish', 'fish --no-config -i', 'toehold completion fish | source'],
  ] as const;

  for (const [shell, command, setUp] of SHELLS) {
    const absent = spawnSync(shell, ['-c', 'true']).status !== 0;
    test.skipIf(absent)(
      `${shell} completes a command and an app’s name at Tab`,
      { timeout: 60_000 },
      async () => {
        const env = { ...leadingTo(server()), TERM: 'xterm', PATH: `${bin}:${process.env.PATH}`, HOME: bin };
        const terminal = runProcess('script', ['-qefc', command, '/dev/null'], env);
        const type = (keys: string) => terminal.child.stdin.write(keys);
        const see = (what: RegExp) =>
          until(() => what.test(shown(terminal.stdout())), `${shell} shows ${what}`, 20_000);
        type(`${setUp}; echo set"" up\r`);
        await see(/set up/);
        // Each shell draws in its own way, so check the command that it runs afterwards.
        type('toehold statu\twel\t\r');
        await see(/welcome-page {2}RUNNING/);
        type('exit\r');
        await terminal.ended;
      },
    );
  }
});
