import type { RunId } from '../../core/run.ts';
import { isLastEvent, type RunEvent } from '../../core/run-events.ts';

type Listener = (run: RunId, event: RunEvent) => void;

/** Brings events to the listener in order, in a later turn of the loop: no command is answered within its own call. */
export class Outbox {
  readonly #over: (run: RunId) => void;
  #waiting: (readonly [RunId, RunEvent])[] = [];
  #listener: Listener | null = null;
  #scheduled = false;
  #closed = false;

  /** @param over called right before a run's last event is reported. */
  constructor(over: (run: RunId) => void) {
    this.#over = over;
  }

  observe(listener: Listener): void {
    this.#listener = listener;
  }

  post(run: RunId, event: RunEvent): void {
    if (this.#closed) return;
    this.#waiting.push([run, event]);
    this.#schedule();
  }

  /** Nothing is reported any more. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  #schedule(): void {
    if (!this.#scheduled) setImmediate(() => this.#deliver());
    this.#scheduled = true;
  }

  #deliver(): void {
    this.#scheduled = false;
    const batch = this.#waiting;
    this.#waiting = [];
    let reported = 0;
    try {
      for (const [run, event] of batch) {
        if (this.#closed) return;
        reported++;
        if (isLastEvent(event)) this.#over(run);
        this.#listener?.(run, event);
      }
    } finally {
      // A listener that throws must not keep the events of other runs back.
      if (reported < batch.length) this.#waiting = [...batch.slice(reported), ...this.#waiting];
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}
