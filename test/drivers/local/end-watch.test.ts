import { expect, test } from 'vitest';
import type { RunSpec } from '../../../src/contracts/driver.ts';
import { EndWatch, type WatchedRun } from '../../../src/drivers/local/end-watch.ts';
import { Members } from '../../../src/drivers/local/members.ts';
import { buildTable, type ProcessRow, type ProcessSource } from '../../../src/drivers/local/process-table.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const SPEC: RunSpec = {
  ...{
    run: 1,
    app: 1,
    appName: 'app',
    mark: 'mark-1',
    appDirectory: '/app',
    releaseDirectory: '/app/current',
  },
  ...{ script: 'sleep 1', port: null, install: false, variables: {} },
};

test('a zombie that is not reaped does not delay the end of a run that was asked to end', async () => {
  const clock = createManualClock();
  // The parent of this process stands for one that takes signal 0, as a zombie does.
  const row: ProcessRow = {
    ...{ pid: process.ppid, parent: 1, group: 1, session: 1, start: 7, cpuMs: 0, memoryBytes: 0 },
    ...{ mark: 'mark-1', uid: null },
  };
  let isZombie = false;
  const processes: ProcessSource = {
    boot: 'boot',
    tellsMarks: true,
    rowOf: () => (isZombie ? null : row),
    isThisBoot: (boot) => boot === 'boot',
    scan: async () => buildTable(isZombie ? [] : [row]),
    startOf: () => (isZombie ? null : row.start),
    startOfChild: () => 0,
  };
  let ended = false;
  const watch = new EndWatch(clock, processes, new Members(processes, clock));
  const run: WatchedRun = {
    ...{ spec: SPEC, directory: '/runs/1', mark: SPEC.mark, uid: null, leaders: [], followed: new Map() },
    ...{ controlGroup: null, shim: null, shimIdentity: null, installer: null, script: null, listener: null },
    ...{ stopping: true, killing: false, over: false },
    someLeft: () => {},
    noneLeft: () => {
      ended = true;
    },
  };
  watch.watch(run);
  await clock.advance(2_000);
  expect(ended).toBe(false);
  isZombie = true;
  await clock.advance(300);
  expect(ended).toBe(true);
  watch.close();
});
