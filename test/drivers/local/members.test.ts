import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Members } from '../../../src/drivers/local/members.ts';
import type { ProcessRow, ProcessSource } from '../../../src/drivers/local/process-table.ts';
import type { RunProcesses } from '../../../src/drivers/local/run-processes.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const row = { pid: 4_194_000, start: 7 } as ProcessRow;

async function arrange(startsLeft: number) {
  const controlGroup = await mkdtemp(join(tmpdir(), 'toehold-group-'));
  onTestFinished(() => rm(controlGroup, { recursive: true }));
  const list = (pids: string, populated: number) =>
    Promise.all([
      writeFile(join(controlGroup, 'cgroup.procs'), pids),
      writeFile(join(controlGroup, 'cgroup.events'), `populated ${populated}\n`),
    ]);
  let looks = 0;
  const processes = {
    rowOf: () => row,
    startOf() {
      looks += 1;
      return looks > startsLeft ? null : row.start;
    },
  } as Partial<ProcessSource> as ProcessSource;
  const members = new Members(processes, createManualClock());
  const run = { controlGroup } as RunProcesses;
  await list(`${row.pid}\n`, 1);
  expect(await members.of(run)).toEqual([row]);
  await list('', 0);
  return { members, run, looks: () => looks };
}

test('a process that its cgroup lists no more, but that has not ended, is waited for', async () => {
  const { members, run, looks } = await arrange(10);
  expect(await members.of(run)).toEqual([]);
  expect(looks()).toBe(11);
});

test('a process that was moved to another cgroup is not waited for without end', async () => {
  const { members, run, looks } = await arrange(Number.POSITIVE_INFINITY);
  expect(await members.of(run)).toEqual([]);
  expect(looks()).toBeLessThan(100);
});
