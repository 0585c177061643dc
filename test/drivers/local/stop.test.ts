import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../src/contracts/driver.ts';
import { createProcProcesses } from '../../../src/drivers/local/proc-processes.ts';
import {
  CONTAINMENTS,
  createLocalHarness,
  freePort,
  type LocalDriverHarness,
} from '../../support/local-driver.ts';
import { processesWith } from '../../support/marked-processes.ts';
import { program, programPath } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

describe.each(CONTAINMENTS)('%s', (_containment, options) => {
  let harness: LocalDriverHarness;

  beforeEach(async () => {
    harness = await createLocalHarness(options);
  });

  afterEach(() => harness.cleanup());

  const processes = createProcProcesses();

  /** The two programs say it in any order. */
  const CHILD_READY = /^(?=[\s\S]*ready)[\s\S]*child (\d+)/;

  function isLiving(pid: string | undefined): boolean {
    return processes.startOf(Number(pid)) !== null;
  }

  /** Runs a script, and waits until it has said so much. */
  async function runUntil(script: string, said: RegExp): Promise<{ spec: RunSpec; match: RegExpExecArray }> {
    const spec = await harness.run(await harness.spec(script));
    const match = await until(
      async () => said.exec((await harness.output(spec.run)).stdout),
      `${script}: ${said}`,
    );
    return { spec, match };
  }

  async function kill(spec: RunSpec): Promise<void> {
    harness.driver.signal(spec.run, 'SIGKILL');
    await harness.events.next(spec.run, 'ENDED');
    expect(await processesWith('TOEHOLD_RUN_ID', spec.mark)).toEqual([]);
  }

  describe('A13: whom a signal reaches', () => {
    test('the status is the app’s own where the script is one command', async () => {
      const { spec } = await runUntil(program('idle', 17), /ready/);
      harness.driver.stop(spec.run);
      expect(await harness.events.next(spec.run, 'ENDED')).toEqual({ type: 'ENDED', code: 17, signal: null });
    });

    test('the app ends in peace also behind a shell that does not', async () => {
      const { spec } = await runUntil(`${program('idle', 17)} && true`, /ready/);
      harness.driver.stop(spec.run);
      await harness.events.next(spec.run, 'ENDED');
      expect(await processesWith('TOEHOLD_RUN_ID', spec.mark)).toEqual([]);
    });

    test('B-2: a grandchild in the group', async () => {
      const { spec, match } = await runUntil(program('grandchild'), CHILD_READY);
      harness.driver.stop(spec.run);
      expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 0 });
      expect(isLiving(match[1])).toBe(false);
    });

    test('B-2: a grandchild in a session of its own, found by its mark', async () => {
      const { spec, match } = await runUntil(program('grandchild', '--session'), CHILD_READY);
      harness.driver.stop(spec.run);
      expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 0 });
      expect(isLiving(match[1])).toBe(false);
    });

    test('B-2: a grandchild in the group that carries no mark', async () => {
      const { spec, match } = await runUntil(program('grandchild', '--clear'), CHILD_READY);
      harness.driver.stop(spec.run);
      await harness.events.next(spec.run, 'ENDED');
      expect(isLiving(match[1])).toBe(false);
    });

    test('B-1: what ignores SIGTERM is left, and SIGKILL ends it', async () => {
      const { spec } = await runUntil(program('idle', 'ignore'), /ready/);
      harness.driver.stop(spec.run);
      expect((await harness.driver.status(spec.run)).pids).toHaveLength(1);
      expect(harness.events.types(spec.run)).not.toContain('ENDED');
      await kill(spec);
    });

    test('B-2: SIGKILL reaches a grandchild in its own session, when the leader is gone', async () => {
      const { spec, match } = await runUntil(
        program('grandchild', '--session', '--', 'idle', 'ignore'),
        CHILD_READY,
      );
      harness.driver.stop(spec.run);
      expect(await harness.events.next(spec.run, 'SCRIPT_ENDED')).toMatchObject({ code: 0 });
      expect((await harness.driver.status(spec.run)).pids).toEqual([Number(match[1])]);
      await kill(spec);
    });

    test('B-2: a chain of daemons that leave their sessions', async () => {
      const { spec } = await runUntil(program('fork-and-exit', 3), /ready/);
      expect((await harness.driver.status(spec.run)).pids).toHaveLength(1);
      await kill(spec);
    });
  });

  test('a process that is not the run’s is never signalled', async () => {
    const bystander = spawn('node', [programPath('idle')], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    await once(bystander.stdout, 'data');
    const { spec } = await runUntil(program('idle'), /ready/);
    await kill(spec);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    bystander.kill('SIGKILL');
    await once(bystander, 'exit');
  });

  describe('B-28: a stop at any moment ends the run', () => {
    test.each([0, 1, 2, 3, 5, 8, 13, 21, 34])('%i turns of the loop after STARTING', async (turns) => {
      const spec = await harness.spec(program('idle'));
      harness.driver.begin(spec);
      await harness.events.next(spec.run, 'STARTING');
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      harness.driver.stop(spec.run);
      await harness.events.next(spec.run, 'ENDED');
      expect(await processesWith('TOEHOLD_RUN_ID', spec.mark)).toEqual([]);
    });

    test('right when it has started', async () => {
      // The shim may have the signal before the script is there; the script must get it all the same.
      for (let round = 0; round < 5; round++) {
        const spec = await harness.spec(program('idle'));
        await harness.run(spec);
        harness.driver.stop(spec.run);
        expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ signal: 'SIGTERM' });
      }
    });

    test('during planning', async () => {
      const spec = await harness.spec(program('idle'));
      harness.driver.begin(spec);
      harness.driver.stop(spec.run);
      await harness.events.next(spec.run, 'ENDED');
      expect(harness.events.types(spec.run)).toEqual(['ENDED']);
    });
  });

  test('a signal that comes late does not cost the status', async () => {
    for (let round = 0; round < 10; round++) {
      const { spec } = await runUntil('echo ready; exec sleep 1000', /ready/);
      const { handle } = await harness.events.next(spec.run, 'STARTED');
      const group = (handle.data as { shim: { pid: number } }).shim.pid;
      // One SIGTERM after the other for as long as there is somebody to get it.
      for (let signalled = true; signalled; ) {
        signalled = sendTo(group);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await harness.events.next(spec.run, 'ENDED')).toEqual({
        type: 'ENDED',
        code: 143,
        signal: 'SIGTERM',
      });
    }
  });

  function sendTo(group: number): boolean {
    try {
      return process.kill(-group, 'SIGTERM');
    } catch {
      return false;
    }
  }

  test('many runs stop at once', async () => {
    const specs = await Promise.all(Array.from({ length: 12 }, () => harness.spec('exec sleep 1000')));
    await Promise.all(specs.map((spec) => harness.run(spec)));
    for (const { run } of specs) harness.driver.stop(run);
    const ends = await Promise.all(specs.map(({ run }) => harness.events.next(run, 'ENDED')));
    expect(ends.map(({ signal }) => signal)).toEqual(specs.map(() => 'SIGTERM'));
  });

  test('a stop on a run whose port is still shut tells no LISTENING afterwards', async () => {
    const port = await freePort();
    const spec = await harness.run(
      await harness.spec(program('serve', '--delay', 300, '--on-term', 'ignore'), { port }),
    );
    await until(async () => /starting/.test((await harness.output(spec.run)).stdout), 'it takes signals');
    harness.driver.stop(spec.run);
    await until(async () => /listening/.test((await harness.output(spec.run)).stdout), 'it listens, late');
    await kill(spec);
    expect(harness.events.types(spec.run)).toEqual(['STARTING', 'STARTED', 'ENDED']);
  });
});
