import { GraphQLScalarType } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../schema/index.ts';

const type = schema.getType('DateTime');
if (!(type instanceof GraphQLScalarType)) throw new Error('DateTime is no scalar');
const dateTime = type;

it('is returned in UTC with milliseconds', () => {
  expect(dateTime.serialize(0)).toBe('1970-01-01T00:00:00.000Z');
  expect(dateTime.serialize(Date.UTC(2026, 1, 3, 4, 5, 6, 7))).toBe('2026-02-03T04:05:06.007Z');
});

it.each([
  ['2026-02-03T04:05:06.007Z', Date.UTC(2026, 1, 3, 4, 5, 6, 7)],
  ['2026-02-03T04:05:06Z', Date.UTC(2026, 1, 3, 4, 5, 6)],
  ['2026-02-03T06:05:06+02:00', Date.UTC(2026, 1, 3, 4, 5, 6)],
  ['2024-02-29T00:00:00.123456Z', Date.UTC(2024, 1, 29, 0, 0, 0, 123)],
])('accepts %s', (text, time) => {
  expect(dateTime.parseValue(text)).toBe(time);
});

it.each([
  'yesterday',
  '2026-02-03',
  '2026-02-03T04:05:06',
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-02-03T25:00:00Z',
  '',
  0,
  null,
  {},
])('refuses %j and says what is valid', (value) => {
  expect(() => dateTime.parseValue(value)).toThrow('write it as RFC 3339, like "2026-03-01T12:00:00.000Z"');
});
