import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addScript, editIcon } from '../../src/core/manifest-edit.ts';

describe('A19: an icon is written into package.json and everything else stays', () => {
  test.each([
    ['{\n  "name": "a"\n}\n', '{\n  "name": "a",\n  "toes": {\n    "icon": "🐾"\n  }\n}\n'],
    ['{\r\n\t"name": "a"\r\n}', '{\r\n\t"name": "a",\r\n\t"toes": {\r\n\t\t"icon": "🐾"\r\n\t}\r\n}'],
    ['\uFEFF{\n    "a": 1\n}\n', '\uFEFF{\n    "a": 1,\n    "toes": {\n        "icon": "🐾"\n    }\n}\n'],
    ['{"a":1}', '{"a":1,"toes":{"icon":"🐾"}}'],
    ['{"a": 1}', '{"a": 1, "toes": { "icon": "🐾" }}'],
    ['{ "a": 1, "b": 2 }\n', '{ "a": 1, "b": 2, "toes": { "icon": "🐾" } }\n'],
    ['{}', '{\n  "toes": {\n    "icon": "🐾"\n  }\n}'],
    ['{\r\n}\r\n', '{\r\n  "toes": {\r\n    "icon": "🐾"\r\n  }\r\n}\r\n'],
    [' {\n  "toes": {}\n}', ' {\n  "toes": {\n    "icon": "🐾"\n  }\n}'],
    ['{"toes":{"tool":true}}', '{"toes":{"tool":true,"icon":"🐾"}}'],
    [
      '{\n  "toes": {\n    "tool": true\n  },\n  "z": 1\n}',
      '{\n  "toes": {\n    "tool": true,\n    "icon": "🐾"\n  },\n  "z": 1\n}',
    ],
    ['{ "toes": { "icon" : "old", "tool": 1e2 } }', '{ "toes": { "icon" : "🐾", "tool": 1e2 } }'],
    ['{"toes":{"icon":{"a":["}"]}},"b":"\\"}"}', '{"toes":{"icon":"🐾"},"b":"\\"}"}'],
    ['{\n  "a": 1,\n\n  "b": 2\n}', '{\n  "a": 1,\n\n  "b": 2,\n  "toes": {\n    "icon": "🐾"\n  }\n}'],
  ])('into %j', (before, after) => {
    expect(editIcon(before, '🐾')).toBe(after);
  });

  test('B-13: toes: "text" gives way to an object', () => {
    expect(editIcon('{"toes":"text"}', '🐾')).toBe('{"toes":{"icon":"🐾"}}');
    expect(editIcon('{"toes":"text"}', null)).toBe('{"toes":"text"}');
  });

  test('of a key that comes twice, the one that counts is written', () => {
    const twice = '{"toes":{"icon":"a"},"toes":{"icon":"b","icon":"c"}}';
    expect(JSON.parse(editIcon(twice, '🐾')).toes.icon).toBe('🐾');
    expect(JSON.parse(editIcon(twice, null)).toes.icon).toBeUndefined();
    expect(JSON.parse(editIcon('{"toes":{"icon":"a","tool":1,"icon":"b"}}', null)).toes).toEqual({ tool: 1 });
    expect(editIcon('{"t\\u006fes":{"icon":"a"}}', 'b')).toBe('{"t\\u006fes":{"icon":"b"}}');
  });

  test('of a key that comes 100,000 times, all go at once', () => {
    const icons = '"icon":"a",'.repeat(50_000);
    const many = `{"toes":{${icons}"tool":1,${icons}"icon":"b"},"z":1}`;
    expect(editIcon(many, null)).toBe('{"toes":{"tool":1},"z":1}');
    expect(editIcon('{"toes":{"b":1,"icon":1,"icon":2,"c":2,"icon":3}}', null)).toBe(
      '{"toes":{"b":1,"c":2}}',
    );
    expect(editIcon('{"toes":{"icon":1,"icon":2,"c":2}}', null)).toBe('{"toes":{"c":2}}');
    expect(JSON.parse(editIcon(many, 'x')).toes.icon).toBe('x');
  });

  test('what would end a JSON string in the icon is escaped', () => {
    expect(JSON.parse(editIcon('{}', '"\\')).toes.icon).toBe('"\\');
  });

  test.each([
    ['{"toes":{"icon":"x"}}', '{}'],
    ['{"toes":{"icon":"x"},"a":1}', '{"a":1}'],
    ['{ "toes": { "icon": "x", "tool": true } }', '{ "toes": { "tool": true } }'],
    ['{ "toes": { "tool": true, "icon": "x" } }', '{ "toes": { "tool": true } }'],
    ['{"a":1}', '{"a":1}'],
    ['{"toes":{}}', '{"toes":{}}'],
  ])('null takes it out of %j', (before, after) => {
    expect(editIcon(before, null)).toBe(after);
  });

  test.each([
    ['{', 'Invalid JSON in package.json: '],
    ['', 'Invalid JSON in package.json: '],
    ['[]', 'package.json is not an object'],
    ['null', 'package.json is not an object'],
  ])('%j is refused', (text, message) => {
    expect(() => editIcon(text, '🐾')).toThrow(message);
  });

  test('a file of the greatest size, and one of any depth, are edited without delay', () => {
    const started = performance.now();
    const deep = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    expect(JSON.parse(editIcon(deep, 'x')).toes.icon).toBe('x');
    for (const filler of [' '.repeat(1e6), '\n'.repeat(1e6), ' \t\n'.repeat(3e5)]) {
      expect(JSON.parse(editIcon(`{"a":${filler}1,${filler}"b":2${filler}}`, 'x')).toes.icon).toBe('x');
    }
    expect(JSON.parse(editIcon(JSON.stringify({ a: '\\"x'.repeat(3e5) }), 'x')).toes.icon).toBe('x');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  const root = fc.dictionary(fc.string(), fc.jsonValue()).filter((value) => !Object.hasOwn(value, 'toes'));
  const indent = fc.constantFrom<string | number>(0, 1, 2, 4, '\t');

  test('an icon that is written and taken out again leaves the file as it was', () => {
    fc.assert(
      fc.property(root, indent, fc.boolean(), fc.string(), (value, space, crlf, icon) => {
        const plain = JSON.stringify(value, null, space);
        const text = crlf ? plain.replaceAll('\n', '\r\n') : plain;
        const written = editIcon(text, icon);
        expect(JSON.parse(written)).toEqual({ ...JSON.parse(text), toes: { icon } });
        expect(editIcon(written, null)).toBe(text);
      }),
    );
  });

  test('a file as JSON.stringify writes it is still so', () => {
    fc.assert(
      fc.property(root, fc.dictionary(fc.string(), fc.jsonValue()), indent, (value, toes, space) => {
        const whole = { ...value, toes };
        const text = JSON.stringify(JSON.parse(JSON.stringify(whole)), null, space);
        const expected = JSON.parse(text);
        expected.toes.icon = '🐾';
        expect(editIcon(text, '🐾')).toBe(JSON.stringify(expected, null, space));
      }),
    );
  });
});

describe('a script is added to package.json and everything else stays', () => {
  test.each([
    ['{"scripts":{"start":"a"}}', '{"scripts":{"start":"a","toes":"x \\"y\\""}}'],
    [
      '\uFEFF{\r\n  "scripts": {\r\n    "start": "a"\r\n  },\r\n  "z": 1e2\r\n}\r\n',
      '\uFEFF{\r\n  "scripts": {\r\n    "start": "a",\r\n    "toes": "x \\"y\\""\r\n  },\r\n  "z": 1e2\r\n}\r\n',
    ],
    ['{"scripts":{"toes":"","start":"a"}}', '{"scripts":{"toes":"x \\"y\\"","start":"a"}}'],
  ])('to %j', (before, after) => {
    expect(addScript(before, 'toes', 'x "y"')).toBe(after);
  });

  test.each(['{', '[]', '{}', '{"scripts":[]}'])('and %j is refused', (text) => {
    expect(() => addScript(text, 'toes', 'x')).toThrow(/package.json/);
  });
});
