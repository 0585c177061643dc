import { expect, test } from 'vitest';
import { isAppName, likeName, NAME_RULE, nameProblem } from '../../src/core/app.ts';

test.each(['a', 'app', 'a-1', 'a1', 'current', 'a-', 'x'.repeat(63)])('A3: %j is an app name', (name) => {
  expect(nameProblem(name)).toBeNull();
  expect(isAppName(name)).toBe(true);
});

test.each([
  '',
  'A',
  'aB',
  '1a',
  '-a',
  'a_b',
  'a b',
  'a.b',
  '.a',
  '.',
  '..',
  '../a',
  'a/b',
  '/a',
  'a\0',
  'a\n',
  'é',
  'а',
  'a\u0301',
  '🐾',
  'constructor!',
])('A18: %j is none, and the error is the rule', (name) => {
  expect(nameProblem(name)).toBe(NAME_RULE);
  expect(isAppName(name)).toBe(false);
});

test('A18: the rule in its own words', () => {
  expect(nameProblem('Up')).toBe(
    'Name must start with a letter and contain only lowercase letters, numbers, and hyphens',
  );
});

test.each([64, 300, 1_000_000])('A3: %d characters are too many', (length) => {
  expect(nameProblem('a'.repeat(length))).toBe('Name must have at most 63 characters');
});

test.each([
  ['My Shop', 'my-shop'],
  ['Café_2', 'cafe-2'],
  ['2nd try', 'nd-try'],
  ['a'.repeat(100), 'a'.repeat(63)],
  ['blog.', 'blog'],
  ['99', null],
  ['🐾', null],
  ['', null],
])('a name like %j', (name, like) => {
  expect(likeName(name)).toBe(like);
});
