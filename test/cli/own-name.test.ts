import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDataDir, toehold } from '../support/serve.ts';

/** Command lines whose message names another command. */
const LINES = [
  'ls',
  'new blog',
  'reload',
  'unknown',
  'ls --bogus',
  'doctor',
  'token revoke nobody',
  'tail -f',
];

test('messages name the program as a shell finds it: by its name if it is on PATH, otherwise with npx', async () => {
  const { path } = await makeDataDir();
  const bin = join(path, 'bin');
  await mkdir(bin);
  await mkdir(join(path, 'apps/shop'), { recursive: true });
  const printed = async (PATH: string) => {
    const env = { PATH, DATA_DIR: path, HOME: path };
    const commands = LINES.map((line) => toehold(line.split(' '), env));
    await Promise.all(commands.map(({ ended }) => ended));
    return commands.map((one) => one.stdout() + one.stderr()).join('');
  };
  // `.toehold` is a directory.
  const named = /(npx )?(?<![.\w])toehold (?:--help|[a-z]+)/g;
  const prefixes = (text: string) => new Set([...text.matchAll(named)].map(([, npx = '']) => npx));
  expect(prefixes(await printed('/usr/bin:/bin'))).toEqual(new Set(['npx ']));

  await writeFile(join(bin, 'toehold'), '#!/bin/sh\n');
  await chmod(join(bin, 'toehold'), 0o755);
  expect(prefixes(await printed(`${bin}:/usr/bin:/bin`))).toEqual(new Set(['']));
});
