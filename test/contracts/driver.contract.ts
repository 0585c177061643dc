import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Driver, RunSpec } from '../../src/contracts/driver.ts';
import type { RunId } from '../../src/core/run.ts';
import { isLastEvent } from '../../src/core/run-events.ts';
import type { DriverRecorder } from '../support/driver-recorder.ts';
import { until } from '../support/until.ts';

/** What an app of these tests does. */
export type ContractBehaviour =
  | 'serves'
  | 'works without a port'
  | 'exits with 3'
  | 'ignores SIGTERM'
  | 'leaves a process that ignores SIGTERM'
  | 'cannot be started'
  | 'has an installation that fails'
  | 'has an installation that hangs';

/** One driver, with apps that behave as the tests need. */
export interface DriverSubject {
  readonly driver: Driver;
  readonly events: DriverRecorder;
  spec(behaviour: ContractBehaviour): Promise<RunSpec>;
  /** Makes a run that serves end with this code. It works without the driver. */
  exitNow(spec: RunSpec, code: number): Promise<void>;
  /** The driver of the next control plane, with the same apps. This one is closed. */
  successor(): Promise<DriverSubject>;
  cleanup(): Promise<void>;
}

/** The contract of src/contracts/driver.ts as tests, which every driver must pass. */
export function driverContract(name: string, create: () => Promise<DriverSubject>): void {
  describe(`the driver contract: ${name}`, () => {
    let subject: DriverSubject;

    beforeEach(async () => {
      subject = await create();
    });

    afterEach(() => subject.cleanup());

    async function started(behaviour: ContractBehaviour): Promise<RunSpec> {
      const spec = await subject.spec(behaviour);
      subject.driver.begin(spec);
      await subject.events.next(spec.run, 'STARTED');
      return spec;
    }

    async function serving(): Promise<RunSpec> {
      const spec = await started('serves');
      await subject.events.next(spec.run, 'LISTENING');
      return spec;
    }

    async function hasEnded(run: RunId): Promise<boolean> {
      return (await subject.driver.status(run)).pids.length === 0;
    }

    test('a run starts, listens, and ends when it is asked to', async () => {
      const spec = await serving();
      const status = await subject.driver.status(spec.run);
      expect(status.pids.length).toBeGreaterThan(0);
      expect(status.pids).toContain(status.pid);
      const listening = await subject.driver.listening(spec.run);
      expect(listening?.map(({ port }) => port) ?? [spec.port]).toContain(spec.port);
      expect((await subject.events.next(spec.run, 'STARTED')).handle.driver).toBe(subject.driver.name);
      expect((await subject.events.next(spec.run, 'LISTENING')).address).toBe('127.0.0.1');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      expect(subject.events.types(spec.run)).toEqual(['STARTING', 'STARTED', 'LISTENING', 'ENDED']);
      expect(await hasEnded(spec.run)).toBe(true);
    });

    test('A17: a process of a run is recognized, and a process of none is not', async () => {
      const spec = await serving();
      const { pids } = await subject.driver.status(spec.run);
      for (const pid of pids) {
        expect(await subject.driver.runOf(pid)).toBe(spec.run);
        expect(await subject.driver.owns(spec.run, pid)).toBe(true);
      }
      expect(await subject.driver.owns(spec.run, process.pid)).toBe(false);
      expect(await subject.driver.owns(spec.run + 1_000, pids[0] ?? 0)).toBe(false);
      expect(pids).not.toEqual([]);
      expect(await subject.driver.runOf(process.pid)).toBeNull();
    });

    test('a worker has no LISTENING', async () => {
      const spec = await started('works without a port');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      expect(subject.events.types(spec.run)).toEqual(['STARTING', 'STARTED', 'ENDED']);
    });

    test("the exit code of the script is the run's", async () => {
      const spec = await started('exits with 3');
      expect(await subject.events.next(spec.run, 'ENDED')).toEqual({ type: 'ENDED', code: 3, signal: null });
    });

    test('a process that ignores SIGTERM lives until SIGKILL', async () => {
      const spec = await started('ignores SIGTERM');
      await subject.events.next(spec.run, 'LISTENING');
      subject.driver.stop(spec.run);
      subject.driver.signal(spec.run, 'SIGTERM');
      expect(await hasEnded(spec.run)).toBe(false);
      expect(subject.events.types(spec.run)).not.toContain('ENDED');
      subject.driver.signal(spec.run, 'SIGKILL');
      await subject.events.next(spec.run, 'ENDED');
      expect(await hasEnded(spec.run)).toBe(true);
    });

    test('a run goes on after its script while other processes of it live', async () => {
      const spec = await started('leaves a process that ignores SIGTERM');
      await subject.events.next(spec.run, 'LISTENING');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'SCRIPT_ENDED');
      expect(await hasEnded(spec.run)).toBe(false);
      subject.driver.signal(spec.run, 'SIGKILL');
      await subject.events.next(spec.run, 'ENDED');
      expect(subject.events.types(spec.run).slice(-2)).toEqual(['SCRIPT_ENDED', 'ENDED']);
    });

    test('a run that cannot be started has START_FAILED with the reason as its last event', async () => {
      const spec = await subject.spec('cannot be started');
      subject.driver.begin(spec);
      expect((await subject.events.next(spec.run, 'START_FAILED')).message).not.toBe('');
      expect(subject.events.types(spec.run)).toEqual(['STARTING', 'START_FAILED']);
    });

    test('an installation that fails has the reason and the exit code in the last event', async () => {
      const spec = await subject.spec('has an installation that fails');
      subject.driver.begin(spec);
      const { message, code } = await subject.events.next(spec.run, 'INSTALL_FAILED');
      expect(message).not.toBe('');
      expect(code).toBe(1);
      expect(subject.events.types(spec.run)).toEqual(['INSTALLING', 'INSTALL_FAILED']);
    });

    test('a stop cancels an installation', async () => {
      const spec = await subject.spec('has an installation that hangs');
      subject.driver.begin(spec);
      await subject.events.next(spec.run, 'INSTALLING');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      expect(subject.events.types(spec.run)).toEqual(['INSTALLING', 'ENDED']);
      expect(await hasEnded(spec.run)).toBe(true);
    });

    test('a stop while the script is being spawned ends the run', async () => {
      const spec = await subject.spec('serves');
      subject.driver.begin(spec);
      await subject.events.next(spec.run, 'STARTING');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      const types = subject.events.types(spec.run);
      expect([types[0], types.at(-1)]).toEqual(['STARTING', 'ENDED']);
      expect(await hasEnded(spec.run)).toBe(true);
    });

    test('a command for an unknown run is answered by ENDED', async () => {
      subject.driver.stop(1_000_001);
      subject.driver.signal(1_000_002, 'SIGKILL');
      for (const run of [1_000_001, 1_000_002]) {
        expect(await subject.events.next(run, 'ENDED')).toEqual({ type: 'ENDED', code: null, signal: null });
        expect(await hasEnded(run)).toBe(true);
      }
    });

    test('several commands at once have one kind of last event', async () => {
      const spec = await serving();
      for (let i = 0; i < 5; i++) subject.driver.stop(spec.run);
      for (let i = 0; i < 5; i++) subject.driver.signal(spec.run, 'SIGKILL');
      await subject.events.next(spec.run, 'ENDED');
      const other = await started('exits with 3');
      await subject.events.next(other.run, 'ENDED');
      // Each command after the end is answered by ENDED again.
      const last = subject.events.of(spec.run).filter(isLastEvent);
      expect(new Set(last.map(({ type }) => type))).toEqual(new Set(['ENDED']));
    });

    test('the log source of a run never changes', async () => {
      const spec = await serving();
      const source = subject.driver.logs(spec.run);
      subject = await subject.successor();
      expect(subject.driver.logs(spec.run)).toEqual(source);
    });

    test('B-3: a run outlives its control plane, and the next one recovers it', async () => {
      const spec = await serving();
      const { handle, pid } = await subject.events.next(spec.run, 'STARTED');
      subject = await subject.successor();
      const recovery = await subject.driver.recover(spec, handle);
      expect(recovery).toMatchObject({ found: 'ALIVE', pid: pid ?? expect.any(Number) });
      await subject.events.next(spec.run, 'LISTENING');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      expect(subject.events.types(spec.run)).toEqual(['LISTENING', 'ENDED']);
    });

    test('B-3: a run is recovered also where its start was not committed', async () => {
      const spec = await serving();
      subject = await subject.successor();
      expect(await subject.driver.recover(spec, null)).toMatchObject({ found: 'ALIVE' });
      await subject.exitNow(spec, 5);
      expect(await subject.events.next(spec.run, 'ENDED')).toMatchObject({ code: 5 });
    });

    test('B-3: a run that ended without a control plane is found to have ended, with its code', async () => {
      const spec = await serving();
      const { handle } = await subject.events.next(spec.run, 'STARTED');
      const old = subject;
      subject = await subject.successor();
      await old.exitNow(spec, 6);
      const recovery = await until(async () => {
        const found = await subject.driver.recover(spec, handle);
        return found.found === 'ENDED' && found;
      }, 'the run has ended');
      expect(recovery).toMatchObject({ code: 6, signal: null, rebooted: false, at: expect.any(Number) });
      // The answer stood for the last event.
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      expect(old.events.types(spec.run)).not.toContain('ENDED');
    });

    test('a run that was not spawned is found NOT_STARTED, and can be begun again', async () => {
      const spec = await subject.spec('has an installation that hangs');
      subject.driver.begin(spec);
      await subject.events.next(spec.run, 'INSTALLING');
      subject = await subject.successor();
      expect(await subject.driver.recover(spec, null)).toEqual({ found: 'NOT_STARTED' });
      expect(await hasEnded(spec.run)).toBe(true);
      subject.driver.begin({ ...spec, install: false });
      await subject.events.next(spec.run, 'STARTED');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
    });

    test('a process of no run is ended, and a process of a run is not', async () => {
      const stranger = await serving();
      const own = await serving();
      subject = await subject.successor();
      expect(await subject.driver.endStrangers(new Set([own.mark]))).toBeGreaterThan(0);
      expect(await subject.driver.endStrangers(new Set([own.mark]))).toBe(0);
      expect(await subject.driver.recover(own, null)).toMatchObject({ found: 'ALIVE' });
      expect(await subject.driver.recover(stranger, null)).not.toMatchObject({ found: 'ALIVE' });
    });

    test('a closed driver has no more events', async () => {
      const spec = await serving();
      const before = subject.events.types(spec.run);
      const old = subject;
      subject = await subject.successor();
      await subject.driver.recover(spec, null);
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      expect(old.events.types(spec.run)).toEqual(before);
    });
  });
}
