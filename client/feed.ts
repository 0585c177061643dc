import type { ToeholdError } from './error.ts';
import type { Socket } from './socket.ts';

/** A subscription that buffers payloads for its reader. */
interface Feed {
  /** The next payload; undefined if the feed has ended. @throws ToeholdError after the last payload */
  next(): Promise<unknown>;
  /** True if the feed unsubscribed because its reader was too slow. Subscribe again after the last payload. */
  readonly full: boolean;
  /** Ends the feed and drops buffered payloads. */
  stop(): void;
}

/** @param limit the size of the buffer in payloads, because a WebSocket has no back pressure */
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
    error(reported) {
      error = reported;
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
