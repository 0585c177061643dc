import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forTerminal, plain } from '../../../src/cli/terminal/escape.ts';

test('a table shows control characters as symbols', () => {
  expect(plain('a\x1b[2Jb\r\n\x07\x7f')).toBe('a␛[2Jb␍␊␇␡');
  expect(plain('\u202eevil\u2028')).toBe('\u{fffd}evil\u{fffd}');
  expect(plain('Grüße 👋 日本')).toBe('Grüße 👋 日本');
});

test('a log line keeps its colors on a terminal, and resets them', () => {
  expect(forTerminal('\x1b[1;31mred\x1b[0m', true)).toBe('\x1b[1;31mred\x1b[0m\x1b[0m');
  expect(forTerminal('\x1b[31mred', true)).toBe('\x1b[31mred\x1b[0m');
  expect(forTerminal('\x1b[31mred', false)).toBe('red');
  expect(forTerminal('a\tb', true)).toBe('a\tb');
});

test.each([
  ['moving the cursor', 'a\x1b[2Ab', 'ab'],
  ['clearing the screen', '\x1b[2Ja', 'a'],
  ['a title', '\x1b]0;owned\x07a', 'a'],
  ['the clipboard', '\x1b]52;c;bWluZQ==\x1b\\a', 'a'],
  ['a string without an end', '\x1bPa', ''],
  ['a bare escape', '\x1bc', '␛c'],
  ['an 8-bit sequence', '\x9b2Ja', '\u{fffd}2Ja'],
  ['going back to the beginning of the line', 'safe\revil', 'safe␍evil'],
])('a log line cannot do more: %s', (_what, text, shown) => {
  expect(forTerminal(text, true)).toBe(shown);
});

test('whatever an app prints, a terminal gets only text, tabs, and colors', () => {
  const piece = fc.constantFrom(
    '\x1b',
    '[',
    ']',
    '31',
    'm',
    ';',
    'H',
    '\x07',
    '\x9b',
    '\x9d',
    '?',
    '2',
    'J',
    '\\',
    'x',
    '\r',
    '\b',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const rest = forTerminal(pieces.join(''), true).replaceAll(/\x1b\[[0-9;:]*m/g, '');
      expect(rest).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
    }),
    { numRuns: 2_000 },
  );
});
