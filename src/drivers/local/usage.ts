import type { Clock } from '../../contracts/clock.ts';
import type { ProcessRow } from './process-table.ts';

interface Sample {
  readonly at: number;
  readonly cpuMs: ReadonlyMap<number, number>;
  readonly percent: number;
}

/** A span shorter than this says little: processor time is counted in steps of 10 ms. */
export const SHORTEST_SPAN = 250;
const LONGEST_SPAN = 3_000;

/** The processor use of one run, from one look to the next. */
export interface CpuMeter {
  /** Whether a look taken now can be compared with the last one. */
  ready(): boolean;
  /** 100 is one core. */
  measure(members: readonly ProcessRow[]): number;
}

export function createCpuMeter(clock: Clock): CpuMeter {
  let last: Sample | null = null;

  return {
    ready: () => last !== null && clock.monotonic() - last.at <= LONGEST_SPAN,
    measure(members) {
      const at = clock.monotonic();
      const span = last ? at - last.at : 0;
      if (last && span < SHORTEST_SPAN) return last.percent;
      let used = 0;
      // A process that was not there before has used all it has since then.
      for (const { pid, cpuMs } of members) used += Math.max(0, cpuMs - (last?.cpuMs.get(pid) ?? 0));
      const percent = last ? Math.round((used / span) * 1_000) / 10 : 0;
      last = { at, cpuMs: new Map(members.map(({ pid, cpuMs }) => [pid, cpuMs])), percent };
      return percent;
    },
  };
}
