import type { AppId } from '../../src/core/app.ts';
import type { GraphQLContext } from '../context.ts';

/** A stream sends a heartbeat after this time without another payload, in milliseconds. */
export const HEARTBEAT = 15_000;

/** The result of one read of a journal. */
export interface JournalRead<Position, Payload> {
  readonly payloads: readonly Payload[];
  /** Where to continue. It advances past entries that the stream does not include. */
  readonly position: Position;
  /** Whether this was the end of the journal. */
  readonly atEnd: boolean;
}

/** The journal of a stream, and where the stream begins. */
export interface JournalSource<Position, Payload> {
  /** The apps that the stream follows; null: all. */
  readonly apps: readonly AppId[] | null;
  readonly start: Position;
  /** Payloads to send first: a gap, if the cursor of the client is no longer valid. */
  readonly prelude?: readonly Payload[];
  /** Reads some entries after a position. Errors end the stream. */
  read(position: Position): JournalRead<Position, Payload> | Promise<JournalRead<Position, Payload>>;
  heartbeat(position: Position): Payload;
  /** The position in the form of clients. */
  cursor(position: Position): string;
  /** Calls back when there may be more entries. The returned function stops this. */
  onMore(listener: () => void): () => void;
}

type StreamContext = Pick<GraphQLContext, 'clock' | 'scheduler' | 'ends' | 'streamOpened' | 'handover'>;

/**
 * Streams a journal: reads after the position, sends, yields to other streams, and repeats. At the end of the journal,
 * waits until there is more or a heartbeat is due. So replay and live are one code path. It reads the next page only
 * when the client has taken the one before: a slow client costs one page and misses nothing. When the stream ends, even
 * while it waits, its listener and its timer are removed.
 *
 * A Repeater would be shorter. But each of its promises refers to the next, so one that is old enough keeps all later
 * payloads from the young garbage collection: that took a third of the processor time of a busy stream.
 * @param field the field of `Subscription`
 */
export function followJournal<Position, Payload>(
  { clock, scheduler, ends, streamOpened, handover }: StreamContext,
  field: 'logs' | 'events',
  source: JournalSource<Position, Payload>,
): AsyncGenerator<Payload, void, void> {
  const wakeup = createWakeup();
  let ended = false;
  // A client that continues here has had its first payload.
  let silent = handover == null || handover.from === null;
  let due = false;
  let cancelTimer = (): void => {};
  let behindSince: number | null = null;

  const payloads = follow();
  /** Ends the stream, also where it waits for its journal or for its client. */
  const end = (): Promise<IteratorResult<Payload, void>> => {
    ended = true;
    wakeup.wake();
    return payloads.return();
  };
  const onAbort = (): void => void end();
  const restartHeartbeat = (): void => {
    cancelTimer();
    due = false;
    cancelTimer = clock.after(HEARTBEAT, () => {
      due = true;
      wakeup.wake();
    });
  };
  /** Continues when the client requests the next payload. */
  async function* send(payload: Payload): AsyncGenerator<Payload, void, void> {
    if (ended) return;
    yield payload;
    silent = false;
    restartHeartbeat();
  }

  async function* follow(): AsyncGenerator<Payload, void, void> {
    // A signal that was aborted before the first payload was requested calls no listener.
    ended ||= ends.some(({ aborted }) => aborted);
    for (const signal of ends) signal.addEventListener('abort', onAbort, { once: true });
    const stopListening = source.onMore(wakeup.wake);
    const closed = streamOpened({ field, apps: source.apps, behindSince: () => behindSince });
    let { start: position } = source;
    restartHeartbeat();
    try {
      for (const payload of source.prelude ?? []) yield* send(payload);
      while (!ended) {
        behindSince ??= clock.monotonic();
        const found = await source.read(position);
        ({ position } = found);
        for (const payload of found.payloads) yield* send(payload);
        // The first payload is sent immediately, even if the journal has nothing for the stream.
        if (due || (silent && found.atEnd)) yield* send(source.heartbeat(position));
        if (found.atEnd && !ended) {
          behindSince = null;
          handover?.caughtUp(source.cursor(position));
          await wakeup.wait();
        }
        // A fast client must not block the event loop.
        await scheduler.next();
      }
    } catch (error) {
      // Ignores errors after the end: for example, the database closes with the server.
      if (!ended) throw error;
    } finally {
      cancelTimer();
      stopListening();
      for (const signal of ends) signal.removeEventListener('abort', onAbort);
      closed();
    }
  }

  return {
    next: () => payloads.next(),
    return: end,
    async throw(error) {
      await end();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * Resolves the arguments of a stream when its client subscribes, and never again: later an app may have another name.
 * @param resolve returns an object of plain values
 */
export function resolvedOnce<Query extends object>(
  { handover }: Pick<GraphQLContext, 'handover'>,
  resolve: () => Query,
): Query {
  if (!handover) return resolve();
  handover.query ??= resolve();
  return handover.query as Query;
}

/** Wakes one waiting stream. A wake-up while none waits is kept for the next wait. */
interface Wakeup {
  wake(): void;
  /** Resolves at the next wake-up; immediately if one is kept. */
  wait(): Promise<void>;
}

function createWakeup(): Wakeup {
  let woken = false;
  let resume: (() => void) | null = null;
  return {
    wake() {
      woken = true;
      resume?.();
    },
    async wait() {
      if (!woken) {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      }
      resume = null;
      woken = false;
    },
  };
}
