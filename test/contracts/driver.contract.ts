import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Driver, RunSpec } from '../../src/contracts/driver.ts';
import type { RunId } from '../../src/core/run.ts';
import { isLastEvent } from '../../src/core/run-events.ts';
import type { DriverRecorder } from '../support/driver-recorder.ts';
import { until } from '../support/until.ts';

/** What a run of the contract's does. */
export type ContractBehaviour =
  | 'serves'
  | 'works without a port'
  | 'exits with 3'
  | 'ignores SIGTERM'
  | 'leaves a process that ignores SIGTERM'
  | 'cannot be started'
  | 'has an installation that fails'
  | 'has an installation that hangs';

/** One driver, with apps that do what the contract needs. */
export interface DriverSubject {
  readonly driver: Driver;
  readonly events: DriverRecorder;
  spec(behaviour: ContractBehaviour): Promise<RunSpec>;
  /** Makes a run that serves end with this code, while nobody need be looking. */
  exitNow(spec: RunSpec, code: number): Promise<void>;
  /** The control plane is gone; this is the next one, with the same apps. */
  successor(): Promise<DriverSubject>;
  cleanup(): Promise<void>;
}

/** What every driver must do: the contract of src/contracts/driver.ts, as tests. */
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

    async function hasNobody(run: RunId): Promise<boolean> {
      return (await subject.driver.status(run)).pids.length === 0;
    }

    test('a run is begun, starts, listens and ends when it is asked to', async () => {
      const spec = await serving();
      const status = await subject.driver.status(spec.run);
      expect(status.pids.length).toBeGreaterThan(0);
      expect(status.pids).toContain(status.pid);
      expect(status.listening?.map(({ port }) => port) ?? [spec.port]).toContain(spec.port);
      expect((await subject.events.next(spec.run, 'STARTED')).handle.driver).toBe(subject.driver.name);
      expect((await subject.events.next(spec.run, 'LISTENING')).address).toBe('127.0.0.1');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      expect(subject.events.types(spec.run)).toEqual(['STARTING', 'STARTED', 'LISTENING', 'ENDED']);
      expect(await hasNobody(spec.run)).toBe(true);
    });

    test('A17: a process of a run is known as one of it, and no other process is', async () => {
      const spec = await serving();
      const { pids } = await subject.driver.status(spec.run);
      for (const pid of pids) expect(await subject.driver.runOf(pid)).toBe(spec.run);
      expect(pids).not.toEqual([]);
      expect(await subject.driver.runOf(process.pid)).toBeNull();
    });

    test('a worker is never told to listen', async () => {
      const spec = await started('works without a port');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      expect(subject.events.types(spec.run)).toEqual(['STARTING', 'STARTED', 'ENDED']);
    });

    test("the script's code is the run's", async () => {
      const spec = await started('exits with 3');
      expect(await subject.events.next(spec.run, 'ENDED')).toEqual({ type: 'ENDED', code: 3, signal: null });
    });

    test('what ignores SIGTERM stays until SIGKILL', async () => {
      const spec = await started('ignores SIGTERM');
      await subject.events.next(spec.run, 'LISTENING');
      subject.driver.stop(spec.run);
      subject.driver.signal(spec.run, 'SIGTERM');
      expect(await hasNobody(spec.run)).toBe(false);
      expect(subject.events.types(spec.run)).not.toContain('ENDED');
      subject.driver.signal(spec.run, 'SIGKILL');
      await subject.events.next(spec.run, 'ENDED');
      expect(await hasNobody(spec.run)).toBe(true);
    });

    test('a run whose script has ended goes on while others of it live', async () => {
      const spec = await started('leaves a process that ignores SIGTERM');
      await subject.events.next(spec.run, 'LISTENING');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'SCRIPT_ENDED');
      expect(await hasNobody(spec.run)).toBe(false);
      subject.driver.signal(spec.run, 'SIGKILL');
      await subject.events.next(spec.run, 'ENDED');
      expect(subject.events.types(spec.run).slice(-2)).toEqual(['SCRIPT_ENDED', 'ENDED']);
    });

    test('a run that cannot be started says why, and that is its last word', async () => {
      const spec = await subject.spec('cannot be started');
      subject.driver.begin(spec);
      expect((await subject.events.next(spec.run, 'START_FAILED')).message).not.toBe('');
      expect(subject.events.types(spec.run)).toEqual(['STARTING', 'START_FAILED']);
    });

    test('an installation that fails says why and with which code, and that is its last word', async () => {
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
      expect(await hasNobody(spec.run)).toBe(true);
    });

    test('a stop while the script is being spawned ends the run', async () => {
      const spec = await subject.spec('serves');
      subject.driver.begin(spec);
      await subject.events.next(spec.run, 'STARTING');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      const types = subject.events.types(spec.run);
      expect([types[0], types.at(-1)]).toEqual(['STARTING', 'ENDED']);
      expect(await hasNobody(spec.run)).toBe(true);
    });

    test('a command for a run that is unknown is answered by its end', async () => {
      subject.driver.stop(1_000_001);
      subject.driver.signal(1_000_002, 'SIGKILL');
      for (const run of [1_000_001, 1_000_002]) {
        expect(await subject.events.next(run, 'ENDED')).toEqual({ type: 'ENDED', code: null, signal: null });
        expect(await hasNobody(run)).toBe(true);
      }
    });

    test('several commands at once bring one last event', async () => {
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

    test('the log source is the same for ever', async () => {
      const spec = await serving();
      const source = subject.driver.logs(spec.run);
      subject = await subject.successor();
      expect(subject.driver.logs(spec.run)).toEqual(source);
    });

    test('B-3: a run outlives its control plane, and the next one takes it back', async () => {
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

    test('B-3: a run is taken back also where its start was never written down', async () => {
      const spec = await serving();
      subject = await subject.successor();
      expect(await subject.driver.recover(spec, null)).toMatchObject({ found: 'ALIVE' });
      await subject.exitNow(spec, 5);
      expect(await subject.events.next(spec.run, 'ENDED')).toMatchObject({ code: 5 });
    });

    test('B-3: a run that ended while nobody looked is found to have ended, with its code', async () => {
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
      // The answer was its last word.
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
      expect(old.events.types(spec.run)).not.toContain('ENDED');
    });

    test('a run that was not spawned is found so, and can be begun again', async () => {
      const spec = await subject.spec('has an installation that hangs');
      subject.driver.begin(spec);
      await subject.events.next(spec.run, 'INSTALLING');
      subject = await subject.successor();
      expect(await subject.driver.recover(spec, null)).toEqual({ found: 'NOT_STARTED' });
      expect(await hasNobody(spec.run)).toBe(true);
      subject.driver.begin({ ...spec, install: false });
      await subject.events.next(spec.run, 'STARTED');
      subject.driver.stop(spec.run);
      await subject.events.next(spec.run, 'ENDED');
    });

    test('what belongs to no run is ended, and what does is not', async () => {
      const stranger = await serving();
      const own = await serving();
      subject = await subject.successor();
      expect(await subject.driver.endStrangers(new Set([own.mark]))).toBeGreaterThan(0);
      expect(await subject.driver.endStrangers(new Set([own.mark]))).toBe(0);
      expect(await subject.driver.recover(own, null)).toMatchObject({ found: 'ALIVE' });
      expect(await subject.driver.recover(stranger, null)).not.toMatchObject({ found: 'ALIVE' });
    });

    test('a driver that was closed tells nothing more', async () => {
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
