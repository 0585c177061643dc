import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_ICON } from '../../src/core/app.ts';
import { iconProblem } from '../../src/core/icon.ts';

const family = '👩🏽‍❤️‍💋‍👨🏿';

describe('B-13: an icon is one grapheme cluster, or a short text without control characters', () => {
  test.each([
    DEFAULT_ICON,
    '🐾',
    family,
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    'e\u0301',
    'A',
    'a short text',
    '0123456789abcdef',
    '🐾'.repeat(16),
    `न${'ी'.repeat(40)}`,
  ])('%j is one', (icon) => {
    expect(iconProblem(icon)).toBeNull();
  });

  test.each([
    ['', 'must not be empty'],
    [' \t ', 'must not be empty'],
    ['0123456789abcdefg', 'this one has 17'],
    ['🐾'.repeat(17), 'this one has 17'],
    [family.repeat(2), 'this one has 20'],
    ['a\nb', 'control characters'],
    ['a\u0000', 'control characters'],
    ['\u001b[31m', 'control characters'],
    ['\u009b31m', 'control characters'],
    ['a\u202eb', 'control characters'],
    ['a\u2028b', 'control characters'],
    ['\ud83d', 'half a character'],
    [`e${'\u0301'.repeat(100_000)}`, 'this one has 100001'],
  ])('%j is none', (icon, problem) => {
    expect(iconProblem(icon)).toContain(problem);
  });

  test('whatever the text, the answer is null or a sentence', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const problem = iconProblem(text);
        expect(problem === null || problem.length > 0).toBe(true);
      }),
    );
  });
});
