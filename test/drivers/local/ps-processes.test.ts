import { expect, test } from 'vitest';
import { parsePs } from '../../../src/drivers/local/ps-processes.ts';

test('what ps tells becomes the living processes', () => {
  const text = [
    '    1     0     1 Ss     1234 01:02.50 Thu Jan  1 10:00:00 2026',
    '  501     1   500 R+       20 1-00:00:10 Thu Jan  1 10:00:05 2026',
    '  502   501   500 Z         0 00:00:00 Thu Jan  1 10:00:06 2026',
    '',
  ].join('\n');
  expect(parsePs(text)).toEqual([
    {
      pid: 1,
      parent: 0,
      group: 1,
      start: Date.parse('Thu Jan 1 10:00:00 2026'),
      cpuMs: 62_500,
      memoryBytes: 1_234 * 1_024,
      mark: null,
    },
    {
      pid: 501,
      parent: 1,
      group: 500,
      start: Date.parse('Thu Jan 1 10:00:05 2026'),
      cpuMs: 86_410_000,
      memoryBytes: 20_480,
      mark: null,
    },
  ]);
});
