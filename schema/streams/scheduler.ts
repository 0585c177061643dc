/**
 * Shares the event loop between streams and new connections. Node accepts one connection per turn of the loop (libuv
 * since 1.45: https://github.com/libuv/libuv/pull/3696). If hundreds of streams each did a step in one turn, new
 * connections would wait for seconds. So only one stream continues per turn, in the order of the calls, and streams
 * pause while connections arrive.
 */
export interface StreamScheduler {
  /** Resolves when the calling stream may continue. */
  next(): Promise<void>;
  /** Reserves the next turn for connections. Call it for each accepted one, because others may wait behind it. */
  giveWay(): void;
}

/** How many turns in a row are reserved for connections. Then one stream continues in any case. */
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
