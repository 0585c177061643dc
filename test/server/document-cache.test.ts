import { expect, test } from 'vitest';
import { createDocumentCache } from '../../src/server/document-limits.ts';

test('keeps a limited number of characters, and drops the text used longest ago', () => {
  const cache = createDocumentCache<number>(10, 6);
  cache.set('aaa', 1);
  cache.set('bbb', 2);
  cache.set('ccc', 3);
  expect(cache.get('aaa')).toBe(1);
  cache.set('ddd', 4);
  expect(['aaa', 'bbb', 'ccc', 'ddd'].map((text) => cache.get(text))).toEqual([1, undefined, 3, 4]);
});

test('a text that is set twice counts once', () => {
  const cache = createDocumentCache<number>(6, 6);
  for (let time = 0; time < 5; time += 1) cache.set('aaa', time);
  cache.set('bbb', 7);
  expect([cache.get('aaa'), cache.get('bbb')]).toEqual([4, 7]);
});

test('does not keep a text that is too long, and drops no other for it', () => {
  const cache = createDocumentCache<number>(10, 6);
  cache.set('aaa', 1);
  cache.set('b'.repeat(7), 2);
  expect([cache.get('aaa'), cache.get('b'.repeat(7))]).toEqual([1, undefined]);
});
