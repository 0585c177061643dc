/** So many at a time, in the order of asking, and never two of the same place. */
export interface Slots {
  /**
   * Calls back when it is the caller's turn: within the call where a slot is free. The answer gives the slot
   * back, or the place in the queue; a second call of it does nothing.
   * @param place what only one may work on at a time; an empty text is no place.
   */
  take(turn: () => void, place?: string): () => void;
}

interface Waiting {
  readonly place: string;
  readonly begin: () => void;
}

export function createSlots(count: number): Slots {
  let free = Math.max(1, count);
  const queue = new Set<Waiting>();
  const taken = new Set<string>();

  function next(): void {
    for (const waiting of queue) {
      if (free === 0) return;
      if (taken.has(waiting.place)) continue;
      queue.delete(waiting);
      waiting.begin();
    }
  }

  return {
    take(turn, place = '') {
      let state: 'WAITING' | 'HELD' | 'GIVEN_BACK' = 'WAITING';
      const begin = (): void => {
        state = 'HELD';
        free--;
        if (place !== '') taken.add(place);
        turn();
      };
      const waiting: Waiting = { place, begin };
      queue.add(waiting);
      next();
      return () => {
        queue.delete(waiting);
        const held = state === 'HELD';
        state = 'GIVEN_BACK';
        if (!held) return;
        free++;
        taken.delete(place);
        next();
      };
    },
  };
}
