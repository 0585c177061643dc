import type { Driver } from '../../src/contracts/driver.ts';
import type { RunId } from '../../src/core/run.ts';
import type { RunEvent } from '../../src/core/run-events.ts';

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { readonly type: T }>;

/** Records the events of a driver, and waits for those to come. */
export interface DriverRecorder {
  /** All that was reported of a run, in order. */
  of(run: RunId): readonly RunEvent[];
  types(run: RunId): readonly RunEvent['type'][];
  /** The run's first event of this type, already reported or not. @throws Error after some seconds, with what was reported instead. */
  next<T extends RunEvent['type']>(run: RunId, type: T, deadlineMs?: number): Promise<EventOf<T>>;
}

export function recordDriver(driver: Driver): DriverRecorder {
  const reported = new Map<RunId, RunEvent[]>();
  const waiters = new Set<(run: RunId, event: RunEvent) => void>();
  const of = (run: RunId): readonly RunEvent[] => reported.get(run) ?? [];

  driver.observe((run, event) => {
    reported.set(run, [...of(run), event]);
    for (const waiter of waiters) waiter(run, event);
  });

  return {
    of,
    types: (run) => of(run).map(({ type }) => type),
    next<T extends RunEvent['type']>(run: RunId, type: T, deadlineMs = 15_000): Promise<EventOf<T>> {
      return new Promise((resolve, reject) => {
        const deadline = setTimeout(() => {
          waiters.delete(waiter);
          reject(new Error(`No ${type} of run ${run}, but: ${JSON.stringify(of(run))}`));
        }, deadlineMs);
        const waiter = (from: RunId, event: RunEvent): void => {
          if (from !== run || event.type !== type) return;
          waiters.delete(waiter);
          clearTimeout(deadline);
          resolve(event as EventOf<T>);
        };
        waiters.add(waiter);
        const already = of(run).find((event) => event.type === type);
        if (already) waiter(run, already);
      });
    },
  };
}
