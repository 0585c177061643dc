import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../src/contracts/driver.ts';
import { createPlatform } from '../../../src/drivers/local/platform.ts';
import { createProcProcesses } from '../../../src/drivers/local/proc-processes.ts';
import { CONTAINMENTS, createLocalHarness, type LocalDriverHarness } from '../../support/local-driver.ts';
import { processesWith } from '../../support/marked-processes.ts';
import { program, programPath } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

const processes = createProcProcesses();
describe.each(CONTAINMENTS)('%s', (_containment, options) => {
  let harness: LocalDriverHarness;

  beforeEach(async () => {
    harness = await createLocalHarness(options);
  });

  afterEach(() => harness.cleanup());

  async function runReady(script: string): Promise<RunSpec> {
    const spec = await harness.run(await harness.spec(script));
    await until(async () => (await harness.output(spec.run)).stdout.includes('ready'), `${script} is ready`);
    return spec;
  }

  const directoryOf = (spec: RunSpec): string => harness.driver.logs(spec.run).directory;

  async function shimOf(spec: RunSpec): Promise<number> {
    return Number((await readFile(join(directoryOf(spec), 'pid'), 'utf8')).split('\n')[0]);
  }

  async function killAndAwait(pid: number): Promise<void> {
    process.kill(pid, 'SIGKILL');
    await until(() => processes.startOf(pid) === null, `${pid} is gone`);
  }

  describe('B-3: a run of a control plane that is gone', () => {
    test('goes on being written down: the status of its script is known when it ends', async () => {
      const spec = await runReady(program('idle', 21));
      harness = await harness.successor();
      expect(await harness.driver.recover(spec, null)).toMatchObject({ found: 'ALIVE' });
      harness.driver.stop(spec.run);
      expect(await harness.events.next(spec.run, 'ENDED')).toEqual({ type: 'ENDED', code: 21, signal: null });
    });

    test('whose script ends by itself, with others left', async () => {
      const spec = await runReady(program('grandchild', '--session', '--', 'idle', 'ignore'));
      harness = await harness.successor();
      await harness.driver.recover(spec, null);
      const { pid } = await harness.driver.status(spec.run);
      process.kill(Number(pid), 'SIGTERM');
      expect(await harness.events.next(spec.run, 'SCRIPT_ENDED')).toMatchObject({ code: 0 });
      harness.driver.signal(spec.run, 'SIGKILL');
      expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 0 });
    });

    test('whose script ended meanwhile, with others left, is alive and says so', async () => {
      const spec = await runReady(program('grandchild', '--exit', 4));
      await harness.events.next(spec.run, 'SCRIPT_ENDED');
      harness = await harness.successor();
      expect(await harness.driver.recover(spec, null)).toMatchObject({ found: 'ALIVE', pid: null });
      expect(await harness.events.next(spec.run, 'SCRIPT_ENDED')).toMatchObject({ code: 4 });
      harness.driver.stop(spec.run);
      expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 4 });
    });

    test('whose shim was killed too is alive by its group, and its status is unknown', async () => {
      const spec = await runReady(program('idle'));
      harness.driver.close();
      await killAndAwait(await shimOf(spec));
      harness = await harness.successor();
      const recovery = await harness.driver.recover(spec, null);
      expect(recovery).toMatchObject({ found: 'ALIVE', pid: expect.any(Number) });
      harness.driver.stop(spec.run);
      expect(await harness.events.next(spec.run, 'ENDED')).toEqual({
        type: 'ENDED',
        code: null,
        signal: null,
      });
    });

    test('of which no process and no status is left is lost', async () => {
      const spec = await runReady(program('idle'));
      const { handle } = await harness.events.next(spec.run, 'STARTED');
      const all = [await shimOf(spec), ...(await harness.driver.status(spec.run)).pids];
      harness.driver.close();
      process.kill(-(await shimOf(spec)), 'SIGKILL');
      // Not by their environments: those of a process go before it has ended.
      await until(() => all.every((pid) => processes.startOf(pid) === null), 'nobody is left');
      harness = await harness.successor();
      expect(await harness.driver.recover(spec, handle)).toEqual({
        found: 'ENDED',
        code: null,
        signal: null,
        at: null,
        rebooted: false,
      });
    });

    test('tells when its script ended', async () => {
      const spec = await harness.run(await harness.spec('exit 12'));
      await harness.events.next(spec.run, 'ENDED');
      harness = await harness.successor();
      const recovery = await harness.driver.recover(spec, null);
      expect(recovery).toMatchObject({ found: 'ENDED', code: 12 });
      expect(Math.abs(Date.now() - (recovery.found === 'ENDED' ? (recovery.at ?? 0) : 0))).toBeLessThan(
        60_000,
      );
    });
  });

  describe('A15: after a reboot', () => {
    test('a run is over, whichever processes have its pids now', async () => {
      const spec = await runReady(program('idle'));
      const { handle } = await harness.events.next(spec.run, 'STARTED');
      harness.driver.close();
      const data = { ...(handle.data as object), boot: 'another boot' };
      harness = await harness.successor();
      expect(await harness.driver.recover(spec, { ...handle, data })).toMatchObject({
        found: 'ENDED',
        rebooted: true,
      });
    });
  });

  describe('B-3: a pid that another program has now', () => {
    async function bystander() {
      const child = spawn('node', [programPath('idle')], {
        stdio: ['ignore', 'pipe', 'ignore'],
        detached: true,
      });
      await once(child.stdout, 'data');
      return child;
    }

    test.each(['with its true start time', 'with another start time'])(
      'a forged pid file, %s, touches nobody',
      async (kind) => {
        const other = await bystander();
        const spec = await harness.spec('true');
        const stat = await readFile(`/proc/${other.pid}/stat`, 'utf8');
        const fields = stat.trim().split(' ');
        if (kind === 'with another start time') fields[21] = String(Number(fields[21]) - 1);
        await mkdir(directoryOf(spec), { recursive: true });
        await writeFile(
          join(directoryOf(spec), 'pid'),
          `${other.pid}\n${processes.boot}\n${fields.join(' ')}\n`,
        );
        expect(await harness.driver.recover(spec, null)).toMatchObject({ found: 'ENDED', code: null });
        harness.driver.signal(spec.run, 'SIGKILL');
        await harness.events.next(spec.run, 'ENDED');
        expect(other.exitCode ?? other.signalCode).toBeNull();
        other.kill('SIGKILL');
        await once(other, 'exit');
      },
    );

    test('what the database knows comes before what the run directory says', async () => {
      const spec = await runReady(program('idle'));
      const { handle, pid } = await harness.events.next(spec.run, 'STARTED');
      await writeFile(join(directoryOf(spec), 'pid'), `1\n${processes.boot}\n1 (init) S 0 1 1\n`);
      harness = await harness.successor();
      expect(await harness.driver.recover(spec, handle)).toMatchObject({ found: 'ALIVE', pid });
      harness.driver.stop(spec.run);
      expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ signal: 'SIGTERM' });
    });
  });

  test.each(['', 'nonsense', '12\n', '12\nboot\n12 (sh) S'])('a torn pid file (%j) is none', async (text) => {
    const spec = await harness.spec('true');
    await mkdir(directoryOf(spec), { recursive: true });
    await writeFile(join(directoryOf(spec), 'pid'), text);
    expect(await harness.driver.recover(spec, null)).toEqual({ found: 'NOT_STARTED' });
  });

  test('a run directory that is gone does not hide a run that is alive', async () => {
    const spec = await runReady(program('idle'));
    const { handle } = await harness.events.next(spec.run, 'STARTED');
    await rm(directoryOf(spec), { recursive: true });
    harness = await harness.successor();
    expect(await harness.driver.recover(spec, handle)).toMatchObject({ found: 'ALIVE' });
    harness.driver.stop(spec.run);
    expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: null });
  });

  test('strangers are ended, also those in sessions of their own; another control plane’s are not', async () => {
    const spec = await runReady(program('grandchild', '--session'));
    const own = await runReady(program('idle'));
    const other = await createLocalHarness();
    const theirs = await other.run(await other.spec(program('idle')));
    harness = await harness.successor();
    // The shim, the script and its grandchild.
    expect(await harness.driver.endStrangers(new Set([own.mark]))).toBe(3);
    expect(await processesWith('TOEHOLD_RUN_ID', spec.mark)).toEqual([]);
    expect(await processesWith('TOEHOLD_RUN_ID', own.mark)).not.toEqual([]);
    expect(await processesWith('TOEHOLD_RUN_ID', theirs.mark)).not.toEqual([]);
    await other.cleanup();
  });

  test('a stop that comes while a run is being recovered is not lost', async () => {
    const spec = await runReady(program('idle'));
    harness = await harness.successor();
    const recovery = harness.driver.recover(spec, null);
    harness.driver.stop(spec.run);
    expect(await recovery).toMatchObject({ found: 'ALIVE' });
    expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ signal: 'SIGTERM' });
  });

  test('many recovered runs are watched at once', async () => {
    const specs = await Promise.all(Array.from({ length: 10 }, () => harness.spec('exec sleep 1000')));
    await Promise.all(specs.map((spec) => harness.run(spec)));
    harness = await harness.successor();
    await Promise.all(specs.map((spec) => harness.driver.recover(spec, null)));
    for (const { run } of specs) harness.driver.stop(run);
    const ends = await Promise.all(specs.map(({ run }) => harness.events.next(run, 'ENDED')));
    expect(ends.map(({ signal }) => signal)).toEqual(specs.map(() => 'SIGTERM'));
  });
});

test('B-3: one or two looks at the processes of the machine recover 100 runs', async () => {
  const platform = createPlatform();
  const looks = new Set<unknown>();
  const scan = () => {
    const look = platform.processes.scan();
    looks.add(look);
    return look;
  };
  const harness = await createLocalHarness({
    platform: { ...platform, controlGroup: null, processes: { ...platform.processes, scan } },
  });
  // What the shim of a run that has ended wrote: a pid that no process has.
  const stat = (await readFile('/proc/self/stat', 'latin1')).replace(/^\d+/, String(2 ** 22 + 1));
  const specs = await Promise.all(Array.from({ length: 100 }, () => harness.spec('true')));
  for (const { run } of specs) {
    const { directory } = harness.driver.logs(run);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'pid'), `${2 ** 22 + 1}\n${platform.processes.boot}\n${stat}`);
    await writeFile(join(directory, 'exit'), '7\n');
  }
  const found = await Promise.all(specs.map((spec) => harness.driver.recover(spec, null)));
  for (const recovery of found) expect(recovery).toMatchObject({ found: 'ENDED', code: 7 });
  expect(looks.size).toBeGreaterThan(0);
  expect(looks.size).toBeLessThanOrEqual(2);
  await harness.cleanup();
});
