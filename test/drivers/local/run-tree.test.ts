import { describe, expect, test } from 'vitest';
import { buildTable, type ProcessRow } from '../../../src/drivers/local/process-table.ts';
import { type Leader, membersOf, type RunTree } from '../../../src/drivers/local/run-tree.ts';

const MARK = 'test-1';

const UID = 1_000;

function row(
  pid: number,
  group: number,
  start: number,
  mark: string | null = null,
  more: Partial<ProcessRow> = {},
): ProcessRow {
  const uid = mark === null ? null : UID;
  return { pid, parent: 1, group, session: group, start, cpuMs: 0, memoryBytes: 0, mark, uid, ...more };
}

function pids(rows: readonly ProcessRow[], ...leaders: Leader[]): number[] {
  return membersOf(buildTable(rows), {
    ...{ mark: MARK, uid: UID, leaders },
    followed: new Map(),
  }).map(({ pid }) => pid);
}

const proven = (): Leader => ({ pid: 100, start: 50, proven: true });
const unproven = (): Leader => ({ pid: 100, start: 50, proven: false });

test('a run is its group and the processes that carry its mark', () => {
  const rows = [
    row(100, 100, 50, MARK),
    row(101, 100, 51),
    row(102, 102, 52, MARK),
    row(103, 103, 53, 'test-2'),
  ];
  expect(pids(rows, proven())).toEqual([100, 101, 102]);
});

test('B-3: a group whose leader began at another time is not the run’s', () => {
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

describe('A13: without a cgroup', () => {
  function tree(): RunTree {
    return { mark: MARK, uid: UID, leaders: [proven()], followed: new Map() };
  }

  function look(of: RunTree, ...rows: ProcessRow[]): number[] {
    return membersOf(buildTable(rows), of)
      .map(({ pid }) => pid)
      .sort();
  }

  test('a child that left the group and cleared its environment is found by its parent', () => {
    const child = row(200, 200, 60, null, { parent: 101 });
    const grandchild = row(201, 201, 61, null, { parent: 200 });
    expect(look(tree(), row(100, 100, 50, MARK), row(101, 100, 51), child, grandchild)).toEqual([
      100, 101, 200, 201,
    ]);
  });

  test('what an earlier look found stays a member when its parent has ended, and what is born of it too', () => {
    const run = tree();
    look(run, row(100, 100, 50, MARK), row(200, 200, 60, null, { parent: 100 }));
    const orphan = row(200, 200, 60);
    expect(look(run, orphan, row(201, 201, 70, null, { parent: 200 }))).toEqual([200, 201]);
  });

  test('a process that got the pid of a followed one is not the run’s', () => {
    const run = tree();
    look(run, row(100, 100, 50, MARK), row(200, 200, 60, null, { parent: 100 }));
    expect(look(run, row(200, 200, 99))).toEqual([]);
  });

  test('a process in the session of a member that left the group is a member, too', () => {
    const leader = row(200, 200, 60, null, { parent: 100 });
    const orphan = row(202, 202, 62, null, { session: 200 });
    expect(look(tree(), row(100, 100, 50, MARK), leader, orphan)).toEqual([100, 200, 202]);
  });

  test('a mark is believed only from a process of the user that the run has', () => {
    expect(look(tree(), row(100, 100, 50, MARK), row(300, 300, 70, MARK, { uid: 0 }))).toEqual([100]);
  });

  test('a process that only carries the mark brings its own children, not its session', () => {
    const shell = row(300, 300, 40);
    const carrier = row(301, 301, 70, MARK, { parent: 300, session: 300 });
    const child = row(302, 302, 71, null, { parent: 301, session: 300 });
    expect(look(tree(), row(100, 100, 50, MARK), shell, carrier, child)).toEqual([100, 301, 302]);
  });
});
