import { pause } from './ending.ts';
import { ToeholdError } from './error.ts';
import { createFeed } from './feed.ts';
import type { Status } from './items.ts';
import type { Socket } from './socket.ts';

/** The first and the longest time between two attempts, in milliseconds. */
const SHORTEST_DELAY = 100;
const LONGEST_DELAY = 5_000;
/** How many payloads are buffered for a slow reader. A payload has at most 1,000 lines, or about half a megabyte. */
const MAX_WAITING = 8;

/** The codes of failures for which another attempt can help. */
const TEMPORARY = new Set([
  'UNREACHABLE',
  'NOT_READY',
  'INTERNAL_SERVER_ERROR',
  'TOO_MANY_OPERATIONS',
  'TOO_MANY_REQUESTS',
  'RATE_LIMITED',
]);

/** Something with a position in the journal or a log. */
interface Placed {
  readonly cursor: string;
}

export interface Following<Payload extends Placed, Item extends Placed> {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly after: string | undefined;
  /** Whether to yield changes of the connection. */
  readonly status: boolean;
  payloadOf(data: unknown): Payload;
  itemsOf(payload: Payload): readonly Item[];
}

export interface FollowPlace {
  readonly socket: Socket;
  /** Finds out over HTTP why there is no connection. */
  diagnose(error: ToeholdError, signal: AbortSignal): Promise<ToeholdError>;
  readonly signal: AbortSignal;
}

/**
 * Follows a stream across lost connections. The cursor moves with the items that the reader takes, and the next connection is made only when all
 * items of the last one are taken. So no item is missed, and none comes twice.
 */
export async function* follow<Payload extends Placed, Item extends Placed>(
  { query, variables, after, status, payloadOf, itemsOf }: Following<Payload, Item>,
  { socket, diagnose, signal }: FollowPlace,
): AsyncGenerator<Item | Status, void, undefined> {
  let cursor = after;
  let attempt = 0;
  let connected = false;
  while (!signal.aborted) {
    const feed = createFeed(
      socket,
      { query, variables: cursor === undefined ? variables : { ...variables, after: cursor } },
      { limit: MAX_WAITING, signal },
    );
    let failure = new ToeholdError('UNREACHABLE', 'The server has ended the stream');
    try {
      for (let data = await feed.next(); data !== undefined; data = await feed.next()) {
        attempt = 0;
        if (status && !connected) yield { kind: 'status', state: 'connected' };
        connected = true;
        const payload = payloadOf(data);
        for (const item of itemsOf(payload)) {
          if (signal.aborted) return;
          yield item;
          ({ cursor } = item);
        }
        ({ cursor } = payload);
      }
    } catch (error) {
      if (!(error instanceof ToeholdError)) throw error;
      failure = await diagnose(error, signal);
      if (signal.aborted) return;
      if (!TEMPORARY.has(failure.code)) throw failure;
    } finally {
      feed.stop();
    }
    if (signal.aborted) return;
    if (feed.full) continue;
    attempt += 1;
    connected = false;
    const retryIn = Math.max(delay(attempt), failure.retryAfter ?? 0);
    if (status) yield { kind: 'status', state: 'away', error: failure, attempt, retryIn };
    await pause(retryIn, signal);
  }
}

/** Exponential backoff with jitter, in milliseconds. */
function delay(attempt: number): number {
  const base = Math.min(LONGEST_DELAY, SHORTEST_DELAY * 2 ** (attempt - 1));
  return Math.max(SHORTEST_DELAY, Math.round(base * (0.5 + Math.random() / 2)));
}
