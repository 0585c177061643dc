import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Platform } from '../../../src/drivers/local/platform.ts';
import { createPsProcesses, parsePs } from '../../../src/drivers/local/ps-processes.ts';
import { NO_SOCKETS } from '../../../src/drivers/local/sockets.ts';
import { createLocalHarness, freePort, type LocalDriverHarness } from '../../support/local-driver.ts';
import { program } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

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
      session: 0,
      start: Date.UTC(2026, 0, 1, 10),
      cpuMs: 62_500,
      memoryBytes: 1_234 * 1_024,
      mark: null,
      uid: null,
    },
    {
      pid: 501,
      parent: 1,
      group: 500,
      session: 0,
      start: Date.UTC(2026, 0, 1, 10, 0, 5),
      cpuMs: 86_410_000,
      memoryBytes: 20_480,
      mark: null,
      uid: null,
    },
  ]);
});

describe.skipIf(spawnSync('ps', ['-A', '-o', 'lstart=']).status !== 0)('a driver that has only ps', () => {
  let harness: LocalDriverHarness;
  const platform = (): Platform => ({
    processes: createPsProcesses(),
    sockets: NO_SOCKETS,
    controlGroup: null,
  });

  beforeEach(async () => {
    harness = await createLocalHarness({ platform: platform() });
  });

  afterEach(() => harness.cleanup());

  test('starts a run, finds its group, and sees the last of it end', async () => {
    const spec = await harness.run(
      await harness.spec(program('grandchild', '--', 'idle', 'ignore'), { port: await freePort() }),
    );
    await until(async () => (await harness.output(spec.run)).stdout.includes('ready'), 'both are there');
    expect((await harness.driver.status(spec.run)).pids).toHaveLength(2);
    harness.driver.stop(spec.run);
    expect(await harness.events.next(spec.run, 'SCRIPT_ENDED')).toMatchObject({ code: 0 });
    harness.driver.signal(spec.run, 'SIGKILL');
    expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 0 });
  });

  test('takes a run back by its handle', async () => {
    const port = await freePort();
    const spec = await harness.run(await harness.spec(program('serve'), { port }));
    await harness.events.next(spec.run, 'LISTENING');
    const { handle } = await harness.events.next(spec.run, 'STARTED');
    harness = await harness.successor({ platform: platform() });
    expect(await harness.driver.recover(spec, handle)).toMatchObject({ found: 'ALIVE' });
    harness.driver.stop(spec.run);
    expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ signal: 'SIGTERM' });
  });

  test('knows this boot, give or take a step of the clock, from another', () => {
    const { processes } = platform();
    const seconds = Number(/\d+/.exec(processes.boot));
    expect(processes.isThisBoot(processes.boot)).toBe(true);
    expect(processes.isThisBoot(`booted ${seconds + 20}`)).toBe(true);
    expect(processes.isThisBoot(`booted ${seconds - 3_600}`)).toBe(false);
    expect(processes.isThisBoot('another name')).toBe(false);
  });
});
