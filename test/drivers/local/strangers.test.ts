import { expect, test } from 'vitest';
import { buildTable, type ProcessRow, type ProcessSource } from '../../../src/drivers/local/process-table.ts';
import { endStrangers } from '../../../src/drivers/local/strangers.ts';

const row: ProcessRow = {
  pid: 4_194_000,
  parent: 1,
  group: 4_194_000,
  session: 0,
  start: 7,
  cpuMs: 0,
  memoryBytes: 0,
  mark: 'here-1',
  uid: 0,
};

test('a stranger that has lost its mark, but is still closing its files, is waited for', async () => {
  const looks = [[row], [{ ...row, mark: null }], [{ ...row, start: 8, mark: null }]].map((rows) =>
    buildTable(rows),
  );
  const processes: ProcessSource = {
    boot: 'this',
    tellsMarks: true,
    isThisBoot: () => true,
    scan: async () => looks.shift() ?? expect.fail('It looks on after the process is gone.'),
    rowOf: () => null,
    // Nothing is signalled: the pid is made up.
    startOf: () => null,
    startOfChild: () => 0,
  };
  expect(await endStrangers(processes, 'here', new Set(), null)).toBe(1);
  expect(looks).toEqual([]);
});
