import type { Clock } from '../../contracts/clock.ts';
import type { ProcessRow } from './process-table.ts';

interface Sample {
  readonly at: number;
  readonly cpuMs: ReadonlyMap<number, number>;
  /** Of the run's cgroup, in which those that have ended count too. */
  readonly groupMs: number | null;
  readonly percent: number;
}

/** A span shorter than this says little: processor time is counted in steps of 10 ms. */
export const SHORTEST_SPAN = 250;
const LONGEST_SPAN = 3_000;

/** The processor use of one run, from one look to the next. */
export interface CpuMeter {
  /** Whether a look taken now can be compared with the last one. */
  ready(): boolean;
  /** 100 is one core. @param groupMs what the run's cgroup has used; null where it has none. */
  measure(members: readonly ProcessRow[], groupMs: number | null): number;
}

export function createCpuMeter(clock: Clock): CpuMeter {
  let last: Sample | null = null;

  return {
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
