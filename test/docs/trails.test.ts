import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

const steps = [...read('ARCHITECTURE.md').matchAll(/^(\d+)\. `([^`:]+):([^`]+)`/gm)].map(
  ([, number, file = '', name = '']) => ({ number: Number(number), file, name }),
);

/** Whether a file defines a function, a class, a constant, a method (`Class.method`) or a field of the schema. */
function defines(text: string, name: string): boolean {
  const [owner = '', method] = name.split('.');
  if (method === undefined) {
    return new RegExp(
      `^(export )?(async )?(function\\*?|class|const) ${owner}\\b|^ *name: '${owner}',$`,
      'm',
    ).test(text);
  }
  const [, body = ''] = text.split(new RegExp(`^(?:export )?class ${owner}\\b`, 'm'));
  return new RegExp(`^ +(private |async )*#?${method}[(<]`, 'm').test(body);
}

test('ARCHITECTURE.md has two trails, each in order', () => {
  const beginnings = steps.flatMap(({ number }, index) => (number === 1 ? [index] : []));
  expect(beginnings).toHaveLength(2);
  const numbers = steps.map(({ number }) => number);
  const [, second = 0] = beginnings;
  for (const trail of [numbers.slice(0, second), numbers.slice(second)]) {
    expect(trail.length).toBeGreaterThan(8);
    expect(trail).toEqual(trail.map((_, index) => index + 1));
  }
});

test.each(steps)('$file defines $name', ({ file, name }) => {
  expect(defines(read(file), name)).toBe(true);
});

test('a name that is not defined is noticed', () => {
  expect(defines('export class Run {\n  begin() {}\n}\n', 'Run.begin')).toBe(true);
  expect(defines('export class Run {\n  begin() {}\n}\n', 'Run.start')).toBe(false);
  expect(defines('// begin\nbegin();\n', 'begin')).toBe(false);
});
