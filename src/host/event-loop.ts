import { setImmediate } from 'node:timers/promises';

/** Resolves in the next turn of the event loop: sockets and timers are served before it. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}

/** Divides long work into slices. The event loop serves everything else between two of them. */
export class Slices {
  private readonly size: number;
  private done = 0;

  /** @param size of a slice, in any unit. */
  constructor(size: number) {
    this.size = size;
  }

  /**
   * Call it after each part of the work, with the size of the part.
   * @returns what to await before the next part; undefined while the slice is not used up.
   */
  after(part = 1): Promise<void> | undefined {
    this.done += part;
    if (this.done < this.size) return undefined;
    this.done = 0;
    return nextTurn();
  }
}
