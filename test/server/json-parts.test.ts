import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonParts } from '../../src/server/json-parts.ts';

it('parts of any value are the text of JSON.stringify', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.string(), fc.option(fc.jsonValue(), { nil: undefined })),
    fc.record({ data: fc.record({ logs: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 1_000 }) }) }),
  );
  fc.assert(
    fc.property(value, (json) => {
      expect(jsonParts(json).join('')).toBe(JSON.stringify(json));
    }),
  );
});

it.each([0, 1, 255, 256, 257, 512, 1_000])('an array of %i', (length) => {
  const value = {
    items: Array.from({ length }, (_, index) => ({ index, text: `line ${index}` })),
    after: null,
  };
  expect(jsonParts(value).join('')).toBe(JSON.stringify(value));
});

it('a long list makes no long text', () => {
  const entries = Array.from({ length: 10_000 }, () => ({ text: '.'.repeat(100) }));
  expect(Math.max(...jsonParts({ data: { entries } }).map(({ length }) => length))).toBeLessThan(64 * 1_024);
});
