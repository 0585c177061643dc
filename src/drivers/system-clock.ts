import { performance } from 'node:perf_hooks';
import type { Clock } from '../contracts/clock.ts';

/** setTimeout takes no longer span: it would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** The machine's own clocks. A timer keeps the process alive for as long as it waits. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(ms, callback) {
      let timer: NodeJS.Timeout;
      const wait = (left: number): void => {
        timer = left > LONGEST ? setTimeout(wait, LONGEST, left - LONGEST) : setTimeout(callback, left);
      };
      wait(ms);
      return () => clearTimeout(timer);
    },
  };
}
