import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCpuMeter } from '../../../src/drivers/local/status.ts';
import { createLocalHarness, type LocalDriverHarness } from '../../support/local-driver.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { program } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

let harness: LocalDriverHarness;

beforeEach(async () => {
  harness = await createLocalHarness();
});

afterEach(() => harness.cleanup());

test('what a run uses is that of all its processes', async () => {
  const { run } = await harness.run(await harness.spec(program('grandchild', '--session')));
  await until(async () => (await harness.output(run)).stdout.includes('ready'), 'both are there');
  const status = await harness.driver.status(run);
  expect(status.pids).toHaveLength(2);
  expect(status.memoryBytes).toBeGreaterThan(40_000_000);
});

test('a busy run uses processor time, also at the first look', async () => {
  const { run } = await harness.run(await harness.spec('while :; do :; done'));
  const { cpuPercent } = await harness.driver.status(run);
  expect(cpuPercent).toBeGreaterThan(0);
  harness.driver.signal(run, 'SIGKILL');
  await harness.events.next(run, 'ENDED');
});

test('a run that nothing is left of has no pids', async () => {
  const { run } = await harness.run(await harness.spec('true'));
  await harness.events.next(run, 'ENDED');
  expect(await harness.driver.status(run)).toEqual({
    pids: [],
    pid: null,
    cpuPercent: 0,
    cpuSeconds: 0,
    memoryBytes: 0,
  });
});

test('the meter compares two looks of about the last second', async () => {
  const clock = createManualClock();
  const meter = createCpuMeter(clock);
  const look = (cpuMs: number, pid = 1) => [
    { pid, parent: 0, group: 1, session: 1, start: 1, cpuMs, memoryBytes: 0, mark: null, uid: null },
  ];
  expect(meter.ready()).toBe(false);
  meter.measure(look(10_000), null);
  expect(meter.ready()).toBe(true);
  await clock.advance(1_000);
  expect(meter.measure(look(10_500), null)).toBe(50);
  // Too soon to say anything new.
  await clock.advance(100);
  expect(meter.measure(look(10_600), null)).toBe(50);
  // A process that came meanwhile has used all it has since then.
  await clock.advance(900);
  expect(meter.measure([...look(10_500), ...look(1_000, 2)], null)).toBe(100);
  await clock.advance(5_000);
  expect(meter.ready()).toBe(false);
});

test('without a cgroup, processor time so far never gets smaller', () => {
  const meter = createCpuMeter(createManualClock());
  const look = (cpuMs: number, pid: number) => ({
    ...{ pid, parent: 0, group: 1, session: 1, start: 1, cpuMs, memoryBytes: 0, mark: null, uid: null },
  });
  expect(meter.total([look(1_000, 1), look(500, 2)], null)).toBe(1.5);
  expect(meter.total([look(1_200, 1)], null), 'one has ended').toBe(1.7);
  expect(meter.total([look(1_200, 1), look(100, 2)], null), 'its pid is used again').toBe(1.8);
  expect(meter.total([], null)).toBe(1.8);
  expect(meter.total([look(9_000, 1)], 2_500), 'a cgroup knows it').toBe(2.5);
});

test('the processor time of a cgroup counts for those that have ended, too', async () => {
  const clock = createManualClock();
  const meter = createCpuMeter(clock);
  meter.measure([], 1_000);
  await clock.advance(1_000);
  expect(meter.measure([], 1_750)).toBe(75);
});
