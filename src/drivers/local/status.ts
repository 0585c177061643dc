import type { Clock } from '../../contracts/clock.ts';
import type { RunStatus } from '../../contracts/driver.ts';
import { cpuMsOf } from './control-groups.ts';
import type { LocalRun } from './local-run.ts';
import type { Members } from './members.ts';
import type { Platform } from './platform.ts';
import type { ProcessRow } from './process-table.ts';
import { type CpuMeter, createCpuMeter, SHORTEST_SPAN } from './usage.ts';

export const NO_STATUS: RunStatus = { pids: [], pid: null, cpuPercent: 0, memoryBytes: 0, listening: [] };

/** Looks at runs for people: who they are, what they use, where they listen. */
export interface StatusReader {
  read(run: LocalRun): Promise<RunStatus>;
  forget(run: LocalRun): void;
}

export function createStatusReader({ sockets }: Platform, membership: Members, clock: Clock): StatusReader {
  const meters = new Map<LocalRun, CpuMeter>();

  /** The shim is the driver's, not the app's. */
  async function look(run: LocalRun): Promise<readonly ProcessRow[]> {
    const members = await membership.of(run);
    return members.filter(
      ({ pid, start }) => pid !== run.shimIdentity?.pid || start !== run.shimIdentity.start,
    );
  }

  const groupCpu = (run: LocalRun) => (run.controlGroup === null ? null : cpuMsOf(run.controlGroup));

  async function listening(members: readonly ProcessRow[]): Promise<RunStatus['listening']> {
    const all = await sockets.listening().catch(() => null);
    if (!all) return null;
    const owned = new Set<string>();
    for (const { pid } of members) {
      const theirs = sockets.socketsOf(pid);
      if (!theirs) return null;
      for (const inode of theirs) owned.add(inode);
    }
    return all.filter(({ inode }) => owned.has(inode)).map(({ port, address }) => ({ port, address }));
  }

  function scriptOf(run: LocalRun, members: readonly ProcessRow[]): number | null {
    const { script } = run;
    if (script)
      return members.some(({ pid, start }) => pid === script.pid && start === script.start)
        ? script.pid
        : null;
    return members.find(({ parent }) => parent === run.shimIdentity?.pid)?.pid ?? null;
  }

  return {
    async read(run) {
      const meter = meters.get(run) ?? createCpuMeter(clock);
      if (!run.over) meters.set(run, meter);
      let members = await look(run);
      if (!meter.ready() && members.length > 0) {
        meter.measure(members, groupCpu(run));
        await new Promise<void>((resolve) => clock.after(SHORTEST_SPAN, resolve));
        members = await look(run);
      }
      return {
        pids: members.map(({ pid }) => pid),
        pid: scriptOf(run, members),
        cpuPercent: meter.measure(members, groupCpu(run)),
        memoryBytes: members.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
        listening: await listening(members),
      };
    },
    forget(run) {
      meters.delete(run);
    },
  };
}
