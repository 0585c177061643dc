import type { DriverEvent } from '../../contracts/driver.ts';
import type { RunId } from '../../core/run.ts';

type Listener = (run: RunId, event: DriverEvent) => void;

/** Brings events to the listener in order, in a later turn of the loop: no command is answered within its own call. */
export interface Outbox {
  observe(listener: Listener): void;
  post(run: RunId, event: DriverEvent): void;
  close(): void;
}

const LAST: ReadonlySet<DriverEvent['type']> = new Set(['PREPARE_FAILED', 'START_FAILED', 'ENDED']);

/** @param over called right before a run's last event is told. */
export function createOutbox(over: (run: RunId) => void): Outbox {
  let waiting: (readonly [RunId, DriverEvent])[] = [];
  let listener: Listener | null = null;
  let scheduled = false;
  let closed = false;

  function deliver(): void {
    scheduled = false;
    const batch = waiting;
    waiting = [];
    let told = 0;
    try {
      for (const [run, event] of batch) {
        if (closed) return;
        told++;
        if (LAST.has(event.type)) over(run);
        listener?.(run, event);
      }
    } finally {
      // A listener that throws must not keep the others' events back.
      if (told < batch.length) waiting = [...batch.slice(told), ...waiting];
      if (waiting.length > 0) schedule();
    }
  }

  function schedule(): void {
    if (!scheduled) setImmediate(deliver);
    scheduled = true;
  }

  return {
    observe(observer) {
      listener = observer;
    },
    post(run, event) {
      if (closed) return;
      waiting.push([run, event]);
      schedule();
    },
    close() {
      closed = true;
      waiting = [];
    },
  };
}
