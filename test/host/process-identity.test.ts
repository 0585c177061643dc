import { describe, expect, test } from 'vitest';
import { ownIdentity, parseStat } from '../../src/host/process-identity.ts';

describe('a line of /proc/<pid>/stat', () => {
  test('a command may hold parentheses, spaces and line ends', () => {
    const rest = 'S 1 42 42 0 -1 0 1 2 3 4 50 7 8 9 20 0 1 0 123456 99 17 0';
    expect(parseStat(`42 (a) (b\n) c) ${rest}`)).toEqual({
      pid: 42,
      state: 'S',
      parent: 1,
      group: 42,
      session: 42,
      cpu: 57,
      threads: 1,
      start: 123_456,
      rss: 17,
    });
  });

  test.each(['', 'nonsense', '1 (sh) S 1', '(sh) S 1 2 3'])('"%s" is none', (line) => {
    expect(parseStat(line)).toBeNull();
  });
});

test('knows this process by its start and the machine’s, the same each time', async () => {
  const first = ownIdentity();
  expect(first).toEqual(ownIdentity());
  expect(first.startTime).toBeGreaterThan(0);
  expect(first.bootId).toMatch(/^[0-9a-f-]{36}$/);
});
