import { parse } from 'dotenv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDotenv } from '../../src/core/dotenv.ts';

function read(text: string): Record<string, string> {
  return Object.fromEntries(parseDotenv(text));
}

describe('A10: a .env file', () => {
  test.each([
    ['NAME=value', { NAME: 'value' }],
    ['export NAME = value # comment', { NAME: 'value' }],
    ['# NAME=value\n\n  A=1\r\nB=2\rC=3', { A: '1', B: '2', C: '3' }],
    ["A='one # two' # three", { A: 'one # two' }],
    ['A="one\\ntwo\\rthree"', { A: 'one\ntwo\rthree' }],
    ["A='one\\ntwo'", { A: 'one\\ntwo' }],
    ['A="one\ntwo"\nB=`a "b" \'c\'`', { A: 'one\ntwo', B: 'a "b" \'c\'' }],
    ['A=it\'s\nB="open\nC=3', { A: "it's", B: '"open', C: '3' }],
    ['A="say \\"hi\\""', { A: 'say \\"hi\\"' }],
    ['A=\nB= \nC', { A: '', B: '' }],
    ['A: 1\nB.c-d=2', { A: '1', 'B.c-d': '2' }],
    ['A=1\nA=2', { A: '2' }],
    ['\ufeffA=1', { A: '1' }],
    ['export=1', { export: '1' }],
  ])('%j', (text, variables) => {
    expect(read(text)).toEqual(variables);
  });

  test('may name a variable as JavaScript names its own', () => {
    expect([...parseDotenv('__proto__=1\nconstructor=2')]).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });
});

const PIECES = [
  ...[
    'A',
    'B',
    'export',
    'export ',
    '=',
    ':',
    ' ',
    '\t',
    '\n',
    '\n\n',
    '\r\n',
    '\r',
    '\ufeff',
    '#',
    '\n# c',
    'x',
    'é',
  ],
  ...[
    "'",
    '"',
    '`',
    "='",
    '="',
    "'\n",
    '"\n',
    '`\n',
    '\\',
    '\\n',
    '\\r',
    "\\'",
    '\\"',
    'a b',
    'A=',
    '\nB="',
    '.',
    '-',
  ],
];

test('A10: every text means what the package dotenv takes it for', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      expect(read(text)).toEqual(parse(text));
    }),
    { numRuns: 20_000 },
  );
});
