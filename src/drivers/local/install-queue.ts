import pLimit, { type LimitFunction } from 'p-limit';

/**
 * Installations wait here: so many run at a time, and never two in the same directory. One waits for its directory first,
 * and then for a slot, in the order of asking.
 */
export class InstallQueue {
  readonly #limit: LimitFunction;
  /** Of each directory, the last one that asked and is not done. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param slots how many installations may run at a time; at least one does. */
  constructor(slots: number) {
    this.#limit = pLimit(Math.max(1, slots));
  }

  /** Whether an installation in this directory would have to wait now. */
  isBusy(directory: string): boolean {
    const { activeCount, pendingCount, concurrency } = this.#limit;
    return this.#last.has(directory) || activeCount + pendingCount >= concurrency;
  }

  /** Calls `install` when it has a slot. Its promise ends the use of the slot. */
  async run<T>(directory: string, install: () => Promise<T>): Promise<T> {
    const before = this.#last.get(directory);
    const result = before ? before.then(() => this.#limit(install)) : this.#limit(install);
    const done = result.catch(() => undefined);
    this.#last.set(directory, done);
    try {
      return await result;
    } finally {
      if (this.#last.get(directory) === done) this.#last.delete(directory);
    }
  }
}
