import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { AppFiles } from '../contracts/discovery.ts';
import type { Logger } from '../contracts/logger.ts';
import type { EventStore } from '../contracts/stores.ts';
import type { Times } from '../core/times.ts';
import type { AppRunners } from './app-runners.ts';
import type { Registry } from './registry.ts';

/** Between two rounds, in milliseconds. What is kept for days need not go on time to the minute. */
const INTERVAL = 3_600_000;

/** How many events one transaction removes at most: commands wait for it. */
const EVENTS_AT_ONCE = 1_000;

/** How many events are kept, and for how long, in milliseconds. */
export interface EventRetention {
  readonly events: number;
  readonly age: number;
}

interface MaintenanceParts {
  readonly registry: Registry;
  readonly runners: AppRunners;
  readonly files: AppFiles;
  readonly clock: Clock;
  readonly time: Pick<SteadyTime, 'earliest'>;
  readonly times: Times;
  readonly events: Pick<EventStore, 'prune'>;
  readonly eventRetention: EventRetention;
  readonly logger: Logger;
}

/** Removes what is kept for a limited time: gone apps, the trash, and old events. */
export class Maintenance {
  private readonly parts: MaintenanceParts;
  private cancel = () => {};

  constructor(parts: MaintenanceParts) {
    this.parts = parts;
  }

  /** Runs a round now and every hour. */
  start(): void {
    const { clock, logger } = this.parts;
    this.round().catch((err) =>
      logger.error({ err }, 'a round of maintenance failed; the next one is in an hour'),
    );
    this.cancel = clock.after(INTERVAL, () => this.start());
  }

  stop(): void {
    this.cancel();
  }

  private async round(): Promise<void> {
    const { registry, runners, files, time, times } = this.parts;
    for (const { id, missingSince } of registry.gone()) {
      const runner = registry.withId(id);
      if (runner && time.earliest() - (missingSince ?? 0) >= times.goneKept) await runners.drop(runner);
    }
    await files.emptyTrash(times.trashKept);
    await this.pruneEvents();
  }

  private async pruneEvents(): Promise<void> {
    const { events, eventRetention, time } = this.parts;
    const { events: keep, age } = eventRetention;
    const olderThan = time.earliest() - age;
    while (events.prune({ keep, olderThan, limit: EVENTS_AT_ONCE }) === EVENTS_AT_ONCE)
      await new Promise((resolve) => setImmediate(resolve));
  }
}
