import type { RunTokens } from '../contracts/access.ts';
import type { Driver } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunLogs } from '../contracts/logs.ts';
import type { RunId } from '../core/run.ts';
import { isLastEvent, type RunEvent } from '../core/run-events.ts';
import type { Registry } from './registry.ts';

interface DriverEventsParts {
  readonly driver: Driver;
  readonly logs: RunLogs;
  readonly registry: Registry;
  readonly runTokens: RunTokens;
  readonly logger: Logger;
}

/**
 * Brings the driver's events to the app's runner. The end of a run is passed on when its log is complete, so that a reader
 * of the event finds the last lines. While a run is being recovered, its events wait for the result of that.
 */
export class DriverEvents {
  readonly #parts: DriverEventsParts;
  /** The events of runs that are being recovered. */
  readonly #held = new Map<RunId, RunEvent[]>();

  constructor(parts: DriverEventsParts) {
    this.#parts = parts;
    parts.driver.observe((run, event) => void this.#deliver(run, event));
  }

  /** Holds the events of this run back until `release`. */
  hold(run: RunId): void {
    this.#held.set(run, []);
  }

  release(run: RunId): void {
    const held = this.#held.get(run) ?? [];
    this.#held.delete(run);
    for (const event of held) void this.#deliver(run, event);
  }

  async #deliver(run: RunId, event: RunEvent): Promise<void> {
    const held = this.#held.get(run);
    if (held) return void held.push(event);
    const { logs, registry, runTokens, logger } = this.#parts;
    const runner = registry.ofRun(run);
    if (!runner) return;
    if (event.type === 'NOTED') return logs.write(run, event.text);
    // At once: its log, or a database that takes no changes, may delay the end of the run.
    if (event.type === 'ENDED') runTokens.end(run);
    if (isLastEvent(event)) {
      await logs.finish(run).catch((err) => logger.error({ err, run }, 'the end of a log could not be kept'));
    }
    runner.post({ ...event, run });
  }
}
