import { expect, test } from 'vitest';
import { parseMoment } from '../../../src/cli/commands/options.ts';
import { localTime } from '../../../src/cli/terminal/format.ts';

const NOW = Date.UTC(2026, 2, 1, 12);

test.each([
  ['10m', '2026-03-01T11:50:00.000Z'],
  ['1h30m', '2026-03-01T10:30:00.000Z'],
  ['2d', '2026-02-27T12:00:00.000Z'],
  ['0s', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01 12:00:00.5+02:00', '2026-03-01T10:00:00.500Z'],
])('%s is %s', (text, moment) => {
  expect(parseMoment(text, NOW)).toBe(moment);
});

test('a time without a zone is local, as the command prints it', () => {
  const at = new Date(2026, 2, 1, 12, 0, 5).toISOString();
  expect(parseMoment(localTime(at), NOW)).toBe(at);
});

test.each([
  '',
  '10',
  'm',
  '10 m',
  '-5m',
  '5y',
  'yesterday',
  '2026-03-01',
  '2026-13-01T00:00:00Z',
  '999999999d',
])('%j is not a time', (text) => {
  expect(() => parseMoment(text, NOW)).toThrow('It must be a duration');
});
