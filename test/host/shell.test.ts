import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SH, type Shell, shellFor } from '../../src/host/shell.ts';

const ODD = { 'spring.datasource.url': 'a', 'my-key': 'b', PLAIN: 'c' };
const FORGETFUL: Shell = ['/bin/echo'];

test('A10: sh it is where every name is one that any shell hands on', async () => {
  expect(await shellFor({ PLAIN: '1', _also: '2' }, [FORGETFUL])).toEqual({ shell: SH, lost: [] });
});

test('A10: else the first shell that hands on every name', async () => {
  const { shell, lost } = await shellFor(ODD);
  expect(lost).toEqual([]);
  const [program, ...flags] = shell;
  const seen = execFileSync(program, [...flags, '-c', 'exec env'], {
    env: { ...ODD, PATH: process.env.PATH },
  });
  for (const [name, value] of Object.entries(ODD)) expect(`${seen}`).toContain(`${name}=${value}\n`);
});

test('A10: where there is none, the names that do not reach the app are returned', async () => {
  for (const shells of [[FORGETFUL], [['/bin/false']], [['/nowhere/bash']], []] as Shell[][])
    expect(await shellFor(ODD, shells)).toEqual({ shell: SH, lost: ['spring.datasource.url', 'my-key'] });
});

test('A10: the shell takes no function of its own from the environment', async () => {
  const env = { ...ODD, 'BASH_FUNC_printf%%': '() { echo taken; }', PATH: process.env.PATH ?? '' };
  const [program, ...flags] = (await shellFor(env)).shell;
  const seen = `${execFileSync(program, [...flags, '-c', 'printf own; exec env'], { env })}`;
  expect(seen.startsWith('own')).toBe(true);
  expect(seen).toContain('BASH_FUNC_printf%%=() { echo taken; }');
});

test('A10: a shell that could not be run for a moment is asked again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'toehold-shell-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const late: Shell = [join(directory, 'late'), '--norc', '--posix', '-p'];
  expect((await shellFor(ODD, [late])).lost).toHaveLength(2);
  symlinkSync('/bin/bash', late[0]);
  expect(await shellFor(ODD, [late])).toEqual({ shell: late, lost: [] });
});
