import fc from 'fast-check';
import { expect, test } from 'vitest';
import { releaseTime } from '../../src/core/release.ts';

test('A3: a release is named after its time, taken as UTC', () => {
  expect(releaseTime('20260102-030405')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  expect(releaseTime('20240229-235959')).toBe(Date.UTC(2024, 1, 29, 23, 59, 59));
});

test.each([
  '',
  'current',
  '20260102',
  '20260102-0304',
  '20260102030405',
  '20260102-030405-2',
  '20260102-030405\n',
  ' 20260102-030405',
  '20260231-000000',
  '20250229-000000',
  '20261301-000000',
  '20260100-000000',
  '20260102-240000',
  '20260102-036000',
  '20260102-030460',
  '00000000-000000',
  '99999999-999999',
  '２０２６0102-030405',
  '../20260102-030405',
])('A3: %j is no release’s name', (name) => {
  expect(releaseTime(name)).toBeNull();
});

test('A3: every second from the year 1000 on is a name, and the name tells it again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(1000, 0, 1) / 1000, max: Date.UTC(9999, 11, 31) / 1000 }),
      (second) => {
        const name = new Date(second * 1000)
          .toISOString()
          .replace(/[-:]/g, '')
          .replace('T', '-')
          .slice(0, 15);
        expect(releaseTime(name)).toBe(second * 1000);
      },
    ),
  );
});
