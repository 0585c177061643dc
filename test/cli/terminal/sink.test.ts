import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonText, own, raw, shown } from '../../../src/cli/terminal/sink.ts';
import { painted } from '../../../src/cli/terminal/style.ts';

const HOSTILE = [
  ['the clipboard', '\x1b]52;c;bWluZQ==\x07'],
  ['a title', '\x1b]0;owned\x1b\\'],
  ['a bell', '\x07'],
  ['clearing', '\x1b[2J'],
  ['a color', '\x1b[31m'],
  ['an 8-bit sequence', '\x9b2J'],
  ['an 8-bit string', '\x9d52;c;bWluZQ==\x9c'],
  ['the beginning of the line', '\r'],
  ['a turned text', '\u202eevil\u2066'],
  ['another end of a line', '\u2028\u2029\x85'],
] as const;

const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;

test.each(HOSTILE)('foreign text does not control the terminal: %s', (_what, text) => {
  expect(shown(`a${text}b\n`)).not.toMatch(OBEYED);
  // Also not between the program's own colors, which pass.
  const colored = shown(painted('red', `a${text}b`));
  expect(colored.startsWith('\x1b[31ma')).toBe(true);
  expect(colored.endsWith('b\x1b[39m')).toBe(true);
  expect(colored.slice(5, -5)).not.toMatch(OBEYED);
  const json = jsonText({ text });
  expect(json).not.toMatch(OBEYED);
  expect(JSON.parse(json)).toEqual({ text });
});

test('the program’s own sequences pass, to a terminal and to a pipe', () => {
  expect(shown(`${own('\r')}a\tb${own('[K')}\n`)).toBe('\ra\tb\x1b[K\n');
  expect(raw(`${painted('dim', 'x')}\x1b[31my\n`)).toBe('\x1b[2mx\x1b[22m\x1b[31my\n');
});

test('commands write only through this file', async () => {
  const top = join(import.meta.dirname, '../../../src/cli');
  const files = (await readdir(top, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(
    files.map(async (name) => [name, await readFile(join(top, name), 'utf8')] as const),
  );
  const writing = texts
    .filter(([, text]) => /process\.std(out|err)\.write\((?!'',)/.test(text))
    .map(([name]) => name);
  expect(writing).toEqual(['terminal/sink.ts']);
});
