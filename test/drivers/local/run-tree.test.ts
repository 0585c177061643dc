import { expect, test } from 'vitest';
import { buildTable, type ProcessRow } from '../../../src/drivers/local/process-table.ts';
import { type Leader, membersOf } from '../../../src/drivers/local/run-tree.ts';

const MARK = 'test-1';

function row(pid: number, group: number, start: number, mark: string | null = null): ProcessRow {
  return { pid, parent: 1, group, start, cpuMs: 0, memoryBytes: 0, mark };
}

function pids(rows: readonly ProcessRow[], ...leaders: Leader[]): number[] {
  return membersOf(buildTable(rows), { mark: MARK, leaders }).map(({ pid }) => pid);
}

const proven = (): Leader => ({ pid: 100, start: 50, proven: true });
const unproven = (): Leader => ({ pid: 100, start: 50, proven: false });

test('a run is its group and whoever carries its mark', () => {
  const rows = [
    row(100, 100, 50, MARK),
    row(101, 100, 51),
    row(102, 102, 52, MARK),
    row(103, 103, 53, 'test-2'),
  ];
  expect(pids(rows, proven())).toEqual([100, 101, 102]);
});

test('B-3: a group whose leader began at another time is somebody else’s', () => {
  expect(pids([row(100, 100, 60), row(101, 100, 61)], proven())).toEqual([]);
});

test('B-3: a group of a leader that is gone counts only where a member carries the mark', () => {
  expect(pids([row(101, 100, 51), row(102, 100, 52)], unproven())).toEqual([]);
  expect(pids([row(101, 100, 51), row(102, 100, 52, MARK)], unproven()).sort()).toEqual([101, 102]);
});

test('a group that was proven once stays so when the marked member is gone', () => {
  const leader = unproven();
  pids([row(101, 100, 51), row(102, 100, 52, MARK)], leader);
  expect(pids([row(101, 100, 51)], leader)).toEqual([101]);
});

test('B-3: a pid file that names a process without the mark proves nothing', () => {
  expect(pids([row(100, 100, 50), row(101, 100, 51)], unproven())).toEqual([]);
});

test('a process that began before the run is not of it', () => {
  expect(pids([row(100, 100, 50, MARK), row(99, 100, 49)], proven())).toEqual([100]);
});
