import type { Clock } from '../../contracts/clock.ts';
import type { RunStatus } from '../../contracts/driver.ts';
import { cpuMsOf } from './control-groups.ts';
import type { Members } from './members.ts';
import type { ProcessRow } from './process-table.ts';
import type { RunProcesses } from './run-processes.ts';

export const NO_STATUS: RunStatus = { pids: [], pid: null, cpuPercent: 0, cpuSeconds: 0, memoryBytes: 0 };

/** Looks at runs for people: which processes they have, and what these use. */
export class StatusReader {
  readonly #members: Members;
  readonly #clock: Clock;
  readonly #meters = new Map<RunProcesses, CpuMeter>();

  constructor(members: Members, clock: Clock) {
    this.#members = members;
    this.#clock = clock;
  }

  async read(run: RunProcesses): Promise<RunStatus> {
    const meter = this.#meters.get(run) ?? createCpuMeter(this.#clock);
    if (!run.over) this.#meters.set(run, meter);
    let members = await this.#look(run);
    if (!meter.ready() && members.length > 0) {
      meter.measure(members, groupCpu(run));
      await new Promise<void>((resolve) => this.#clock.after(SHORTEST_SPAN, resolve));
      members = await this.#look(run);
    }
    return {
      pids: members.map(({ pid }) => pid),
      pid: scriptOf(run, members),
      cpuPercent: meter.measure(members, groupCpu(run)),
      cpuSeconds: meter.total(members, groupCpu(run)),
      memoryBytes: members.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    };
  }

  forget(run: RunProcesses): void {
    this.#meters.delete(run);
  }

  /** The shim is the driver's, not the app's. */
  async #look(run: RunProcesses): Promise<readonly ProcessRow[]> {
    const members = await this.#members.of(run);
    return members.filter(
      ({ pid, start }) => pid !== run.shimIdentity?.pid || start !== run.shimIdentity.start,
    );
  }
}

function groupCpu({ controlGroup }: RunProcesses): number | null {
  return controlGroup === null ? null : cpuMsOf(controlGroup);
}

function scriptOf({ script, shimIdentity }: RunProcesses, members: readonly ProcessRow[]): number | null {
  if (!script) return members.find(({ parent }) => parent === shimIdentity?.pid)?.pid ?? null;
  return members.some(({ pid, start }) => pid === script.pid && start === script.start) ? script.pid : null;
}

interface Sample {
  readonly at: number;
  readonly cpuMs: ReadonlyMap<number, number>;
  /** Of the run's cgroup, in which those that have ended count too. */
  readonly groupMs: number | null;
  readonly percent: number;
}

/** A span shorter than this says little: processor time is counted in steps of 10 ms. */
const SHORTEST_SPAN = 250;
const LONGEST_SPAN = 3_000;

/** The processor use of one run, from one look to the next. */
interface CpuMeter {
  /** Whether a look taken now can be compared with the last one. */
  ready(): boolean;
  /** 100 is one core. @param groupMs what the run's cgroup has used; null where it has none. */
  measure(members: readonly ProcessRow[], groupMs: number | null): number;
  /** Processor time so far, in seconds. It never gets smaller. */
  total(members: readonly ProcessRow[], groupMs: number | null): number;
}

export function createCpuMeter(clock: Clock): CpuMeter {
  let last: Sample | null = null;
  /** By process, what was last seen; and what those used that have ended. In milliseconds. */
  let seen = new Map<number, number>();
  let ofEnded = 0;

  return {
    total(members, groupMs) {
      if (groupMs !== null) return groupMs / 1_000;
      const now = new Map(members.map(({ pid, cpuMs }) => [pid, cpuMs]));
      // A smaller time is that of another process with the same pid.
      for (const [pid, cpuMs] of seen) if ((now.get(pid) ?? -1) < cpuMs) ofEnded += cpuMs;
      seen = now;
      return [...now.values()].reduce((sum, cpuMs) => sum + cpuMs, ofEnded) / 1_000;
    },
    ready: () => last !== null && clock.monotonic() - last.at <= LONGEST_SPAN,
    measure(members, groupMs) {
      const at = clock.monotonic();
      const span = last ? at - last.at : 0;
      if (last && span < SHORTEST_SPAN) return last.percent;
      const used = last ? usedSince(last, members, groupMs) : 0;
      const percent = last ? Math.round((used / span) * 1_000) / 10 : 0;
      last = { at, groupMs, cpuMs: new Map(members.map(({ pid, cpuMs }) => [pid, cpuMs])), percent };
      return percent;
    },
  };
}

/** In milliseconds of processor time. */
function usedSince(last: Sample, members: readonly ProcessRow[], groupMs: number | null): number {
  if (groupMs !== null && last.groupMs !== null) return groupMs - last.groupMs;
  // A process that was not there before has used all it has since then.
  return members.reduce((sum, { pid, cpuMs }) => sum + Math.max(0, cpuMs - (last.cpuMs.get(pid) ?? 0)), 0);
}
