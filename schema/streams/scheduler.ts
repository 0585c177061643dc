/**
 * Shares the event loop between streams and newcomers. Node accepts one connection in each turn of the loop (libuv
 * since 1.45: https://github.com/libuv/libuv/pull/3696). Where hundreds of streams each do a step in one turn, those
 * who connect wait for seconds. So each turn lets one stream go on, in the order of asking, and while connections
 * come streams give way.
 */
export interface StreamScheduler {
  /** Resolves when it is the caller's turn. */
  next(): Promise<void>;
  /** A connection was accepted, and others may wait behind it: streams leave the next turn to them. */
  giveWay(): void;
}

/** How many turns in a row streams leave to connections. Then one goes on, however many connections come. */
const MOST_GIVEN = 32;

export function createStreamScheduler(): StreamScheduler {
  const waiting = new Set<() => void>();
  let asked = false;
  let given = 0;

  function turn(): void {
    const [first] = waiting;
    if (!first) return;
    if (asked && given < MOST_GIVEN) {
      asked = false;
      given += 1;
      setImmediate(turn);
      return;
    }
    asked = false;
    given = 0;
    waiting.delete(first);
    if (waiting.size > 0) setImmediate(turn);
    first();
  }

  return {
    next() {
      if (waiting.size === 0) setImmediate(turn);
      return new Promise((resolve) => void waiting.add(resolve));
    },
    giveWay() {
      asked = true;
    },
  };
}
