/** So many at a time, in the order of asking. */
export interface Slots {
  /**
   * Calls back when it is the caller's turn: within the call where a slot is free. The answer gives the slot
   * back, or the place in the queue; a second call of it does nothing.
   */
  take(turn: () => void): () => void;
}

export function createSlots(count: number): Slots {
  let free = Math.max(1, count);
  const queue = new Set<() => void>();

  return {
    take(turn) {
      let state: 'WAITING' | 'HELD' | 'GIVEN_BACK' = 'WAITING';
      const begin = (): void => {
        state = 'HELD';
        free--;
        turn();
      };
      if (free > 0) begin();
      else queue.add(begin);
      return () => {
        queue.delete(begin);
        const held = state === 'HELD';
        state = 'GIVEN_BACK';
        if (!held) return;
        free++;
        const [next] = queue;
        if (next) {
          queue.delete(next);
          next();
        }
      };
    },
  };
}
