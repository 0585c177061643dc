import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { RunSpec } from '../../../src/contracts/driver.ts';
import type { RunEvent } from '../../../src/core/run-events.ts';
import { EndWatch } from '../../../src/drivers/local/end-watch.ts';
import type { ProcessRow, ProcessSource } from '../../../src/drivers/local/process-table.ts';
import { Run } from '../../../src/drivers/local/run.ts';
import type { RunParts } from '../../../src/drivers/local/run-parts.ts';
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

test('a process that takes its time to die is not looked at again and again without a pause', async () => {
  // It is never signaled: its start is another one when its pid is compared.
  const row: ProcessRow = {
    ...{ pid: process.ppid, parent: 1, group: 1, session: 1, start: 7, cpuMs: 0, memoryBytes: 0 },
    ...{ mark: 'mark-1', uid: null },
  };
  const processes = { startOf: () => 8 } as Partial<ProcessSource> as ProcessSource;
  let looks = 0;
  const part = { forget: () => {}, follow: () => {} };
  // Gone after a thousand looks, so that this test ends also where they never pause.
  const members = { ...part, of: async () => (++looks > 1_000 ? [] : [row]) };
  const clock = createManualClock();
  const events: RunEvent[] = [];
  const run = new Run(SPEC, '/nowhere/runs/1', {
    ...{ clock, members, groups: null, platform: { processes }, readiness: part, status: part },
    endWatch: new EndWatch(clock, processes, members as Partial<RunParts['members']> as RunParts['members']),
    outbox: { post: (_: number, event: RunEvent) => events.push(event) },
  } as object as RunParts);
  run.follow();
  run.end('SIGKILL');
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  expect(looks).toBeLessThan(20);
  expect(events).toEqual([]);
  const before = looks;
  await clock.advance(1_000);
  expect(looks).toBeGreaterThan(before);
  expect(looks).toBeLessThan(200);
  run.letGo();
});
