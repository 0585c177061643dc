import type { ToeholdError } from './error.ts';
import type { Socket } from './socket.ts';

/** One subscription, read at the reader's own pace. */
export interface Feed {
  /** The next payload; undefined where the feed has ended. @throws ToeholdError behind the last payload */
  next(): Promise<unknown>;
  /** True where the server was sent away, since the reader was too slow: the feed goes on from its last payload. */
  readonly full: boolean;
  /** Ends it. What waits is dropped. */
  stop(): void;
}

/**
 * @param limit how many payloads may wait for the reader: a WebSocket itself cannot be told to slow down
 */
export function createFeed(
  socket: Socket,
  { query, variables }: { readonly query: string; readonly variables: unknown },
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Feed {
  let waiting: unknown[] = [];
  let error: ToeholdError | undefined;
  let ended = false;
  let full = false;
  let wake = (): void => {};

  const unsubscribe = socket.subscribe(query, variables, {
    next(data) {
      waiting.push(data);
      if (waiting.length >= limit) {
        full = true;
        ended = true;
        unsubscribe();
      }
      wake();
    },
    error(told) {
      error = told;
      ended = true;
      wake();
    },
    complete() {
      ended = true;
      wake();
    },
  });

  function stop(): void {
    signal.removeEventListener('abort', stop);
    waiting = [];
    error = undefined;
    ended = true;
    unsubscribe();
    wake();
  }
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop);

  return {
    async next() {
      while (waiting.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (waiting.length === 0 && error) throw error;
      return waiting.shift();
    },
    get full() {
      return full;
    },
    stop,
  };
}
