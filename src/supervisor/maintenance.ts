import type { Clock } from '../contracts/clock.ts';
import type { AppFiles } from '../contracts/discovery.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Times } from '../core/times.ts';
import type { Registry } from './registry.ts';
import type { Runner } from './runner.ts';

/** Between two rounds, in milliseconds: what is kept for days need not go to the minute. */
const INTERVAL = 3_600_000;

/** Ends the stay of what is kept for a time only: gone apps and the trash. The answer stops it. */
export function startMaintenance(options: {
  readonly registry: Registry;
  readonly files: AppFiles;
  readonly clock: Clock;
  readonly times: Times;
  readonly logger: Logger;
  readonly dropGone: (runner: Runner) => Promise<void>;
}): () => void {
  const { registry, files, clock, times, logger, dropGone } = options;
  let cancel = () => {};

  async function round(): Promise<void> {
    for (const { id, missingSince } of registry.gone()) {
      const runner = registry.withId(id);
      if (runner && clock.now() - (missingSince ?? 0) >= times.goneKept) await dropGone(runner);
    }
    await files.emptyTrash(times.trashKept);
  }

  function go(): void {
    round().catch((err) => logger.error({ err }, 'what was kept for long enough could not be dropped'));
    cancel = clock.after(INTERVAL, go);
  }

  go();
  return () => cancel();
}
