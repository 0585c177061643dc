/** Chance that can be had again: the same seed gives the same numbers. */
export interface Random {
  /** From 0 up to, and without, `below`. */
  number(below: number): number;
  one<T>(of: readonly T[]): T;
}

/** A linear congruential generator (modulus 2^32), its upper bits used. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function number(below: number): number {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  }
  return {
    number,
    one(of) {
      const found = of[number(of.length)];
      if (found === undefined) throw new Error('there is nothing to choose from');
      return found;
    },
  };
}
