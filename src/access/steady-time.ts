import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { TimeStore } from '../contracts/stores.ts';
import { nextSteadyTime } from '../core/steady-time.ts';

/** Goes on from the time in the database, or from the wall clock where the database has none. */
export function createSteadyTime(clock: Pick<Clock, 'now' | 'monotonic'>, store: TimeStore): SteadyTime {
  let time = store.kept() ?? clock.now();
  let seen = clock.monotonic();

  function steady(): number {
    const monotonic = clock.monotonic();
    time = nextSteadyTime(time, monotonic - seen, clock.now());
    seen = monotonic;
    return Math.floor(time);
  }

  return {
    latest: () => Math.max(steady(), clock.now()),
    earliest: () => Math.min(steady(), clock.now()),
    keep: () => store.keep(steady()),
  };
}
