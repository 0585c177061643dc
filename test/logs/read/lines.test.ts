import { expect, test } from 'vitest';
import { linesOf } from '../../../src/logs/read/lines.ts';

const texts = (bytes: Buffer | string) => linesOf(Buffer.from(bytes), 0).map((line) => line.text);

test('a line loses its line end, carriage returns and trailing spaces, and keeps indentation and colours', () => {
  expect(texts('  a\r\n\tb  \r\r\n\x1b[31mred\x1b[0m\nlast')).toEqual([
    '  a',
    '\tb',
    '\x1b[31mred\x1b[0m',
    'last',
  ]);
});

test('lines without text are left out', () => {
  expect(texts('\n\r\n   \na\n\n')).toEqual(['a']);
});

test('each line knows its bytes, in ASCII and beyond', () => {
  const lines = linesOf(Buffer.from('ab\n\nné\r\nz'), 100);
  expect(lines).toEqual([
    { from: 100, end: 103, text: 'ab', truncated: false },
    { from: 104, end: 109, text: 'né', truncated: false },
    { from: 109, end: 110, text: 'z', truncated: false },
  ]);
  expect(linesOf(Buffer.from('ab\nc'), 7).map((line) => [line.from, line.end])).toEqual([
    [7, 10],
    [10, 11],
  ]);
});

test('a bad byte becomes U+FFFD and hurts no other', () => {
  expect(texts(Buffer.from([0x61, 0xff, 0x62, 0x0a, 0xc3, 0x0a, 0x63, 0x0a]))).toEqual([
    'a\ufffdb',
    '\ufffd',
    'c',
  ]);
});

test('B-25: a line over 16 KiB is cut there, never within a code point', () => {
  const ascii = linesOf(Buffer.from(`${'x'.repeat(16_385)}\ny\n`), 0);
  expect(ascii.map((line) => [line.text.length, line.truncated])).toEqual([
    [16_384, true],
    [1, false],
  ]);
  // 16,383 bytes, and then a code point of three that crosses the limit.
  const wide = linesOf(Buffer.from(`${'x'.repeat(16_383)}€uro\n`), 0)[0];
  expect(wide?.truncated).toBe(true);
  expect(wide?.text).toBe('x'.repeat(16_383));
  const whole = linesOf(Buffer.from(`${'x'.repeat(16_381)}€uro\n`), 0)[0];
  expect(whole?.text.endsWith('x€')).toBe(true);
});

test('a line of exactly 16 KiB is whole, whatever closes it', () => {
  for (const close of ['\n', '\r\n', '   \n', '']) {
    const [line] = linesOf(Buffer.from(`${'x'.repeat(16_384)}${close}`), 0);
    expect(line?.truncated).toBe(false);
    expect(line?.text.length).toBe(16_384);
  }
});
