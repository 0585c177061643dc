/** Which start of the control plane wrote a row. */
export interface Epochs {
  /** The epoch in which this number was given. */
  of(number: number): number;
  /** The last number of an epoch that a client can hold a cursor of; null for an epoch that is not known. */
  endOf(epoch: number): number | null;
}

/**
 * A row keeps the epoch it was written in, so that its cursor is the same for ever. Ends of epochs
 * that are over never change: they are read once.
 */
export function createEpochs(
  current: number,
  source: { endOfEpoch(epoch: number): number | null },
  last: () => number,
): Epochs {
  const ends = new Map<number, number>();
  for (let epoch = 1; epoch < current; epoch += 1) {
    const end = source.endOfEpoch(epoch);
    if (end !== null) ends.set(epoch, end);
  }
  const over = [...ends].map(([epoch, end]) => ({ epoch, end }));
  const newest = over.at(-1)?.end ?? -1;

  return {
    of(number) {
      if (number > newest) return current;
      let low = 0;
      let high = over.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((over[middle]?.end ?? 0) < number) low = middle + 1;
        else high = middle;
      }
      return over[low]?.epoch ?? current;
    },
    endOf: (epoch) => (epoch === current ? last() : (ends.get(epoch) ?? null)),
  };
}
