import type { RunTokens } from '../contracts/access.ts';
import type { Driver } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunLogs } from '../contracts/logs.ts';
import type { RunId } from '../core/run.ts';
import { isLastEvent, type RunEvent } from '../core/run-events.ts';
import type { Registry } from './registry.ts';

/**
 * Brings the driver's events to the app's runner. The end of a run is passed on when its log is complete, so that a reader
 * of the event finds the last lines. While a run is being recovered, its events wait for the result of that.
 */
export function connectDriver(options: {
  readonly driver: Driver;
  readonly logs: RunLogs;
  readonly registry: Registry;
  readonly runTokens: RunTokens;
  readonly logger: Logger;
}): { readonly recovering: (run: RunId) => () => void } {
  const { driver, logs, registry, runTokens, logger } = options;
  const waiting = new Map<RunId, RunEvent[]>();

  async function deliver(run: RunId, event: RunEvent): Promise<void> {
    const held = waiting.get(run);
    if (held) return void held.push(event);
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

  driver.observe((run, event) => void deliver(run, event));

  return {
    recovering(run) {
      waiting.set(run, []);
      return () => {
        const held = waiting.get(run) ?? [];
        waiting.delete(run);
        for (const event of held) void deliver(run, event);
      };
    },
  };
}
