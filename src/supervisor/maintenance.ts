import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { AppFiles } from '../contracts/discovery.ts';
import type { Logger } from '../contracts/logger.ts';
import type { EventStore } from '../contracts/stores.ts';
import type { Times } from '../core/times.ts';
import type { Registry } from './registry.ts';
import type { Runner } from './runner.ts';

/** Between two rounds, in milliseconds: what is kept for days need not go to the minute. */
const INTERVAL = 3_600_000;

/** So many events go in one transaction: commands wait for no longer than that. */
const EVENTS_AT_ONCE = 1_000;

/** How many events are kept, and for how long, in milliseconds. */
export interface EventRetention {
  readonly events: number;
  readonly age: number;
}

/** Ends the stay of what is kept for a time only: gone apps, the trash, old events. The answer stops it. */
export function startMaintenance(options: {
  readonly registry: Registry;
  readonly files: AppFiles;
  readonly clock: Clock;
  readonly time: Pick<SteadyTime, 'earliest'>;
  readonly times: Times;
  readonly events: Pick<EventStore, 'prune'>;
  readonly eventRetention: EventRetention;
  readonly logger: Logger;
  readonly dropGone: (runner: Runner) => Promise<void>;
}): () => void {
  const { registry, files, clock, time, times, logger, dropGone } = options;
  let cancel = () => {};

  async function round(): Promise<void> {
    for (const { id, missingSince } of registry.gone()) {
      const runner = registry.withId(id);
      if (runner && time.earliest() - (missingSince ?? 0) >= times.goneKept) await dropGone(runner);
    }
    await files.emptyTrash(times.trashKept);
    await pruneEvents();
  }

  async function pruneEvents(): Promise<void> {
    const { events: keep, age } = options.eventRetention;
    const olderThan = time.earliest() - age;
    while (options.events.prune({ keep, olderThan, limit: EVENTS_AT_ONCE }) === EVENTS_AT_ONCE) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function go(): void {
    round().catch((err) => logger.error({ err }, 'what was kept for long enough could not be dropped'));
    cancel = clock.after(INTERVAL, go);
  }

  go();
  return () => cancel();
}
