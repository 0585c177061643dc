import { Repeater } from '@repeaterjs/repeater';
import type { Clock } from '../../src/contracts/clock.ts';
import type { StreamScheduler } from './scheduler.ts';

/** The longest silence of a stream, in milliseconds: then a heartbeat tells where it stands. */
export const HEARTBEAT = 15_000;

/** One step through a journal. */
export interface Step<Position, Payload> {
  readonly payloads: readonly Payload[];
  /** Where to go on from; it moves also where nothing was for this reader. */
  readonly position: Position;
  /** Nothing more is there for now. */
  readonly atEnd: boolean;
}

export interface JournalLoop<Position, Payload> {
  readonly start: Position;
  /** Told before anything else, in order: what the client must know of its cursor. */
  readonly prelude?: readonly Payload[];
  /** Reads some after a position. Errors end the stream. */
  read(position: Position): Step<Position, Payload> | Promise<Step<Position, Payload>>;
  heartbeat(position: Position): Payload;
  /** Calls back when there may be more; the answer ends it. */
  onMore(listener: () => void): () => void;
  readonly clock: Clock;
  /** All streams of a server share it. */
  readonly scheduler: StreamScheduler;
  /** Each of them, aborted, ends the stream; so does a client that stops asking for more. */
  readonly ends: readonly AbortSignal[];
  /** Told when the stream begins; the answer is called when it has ended, however it ended. */
  opened(): () => void;
}

/**
 * Replay and live as one code path: read after the position, hand on, let others have their turn,
 * again; with nothing to read, sleep until there is more or the heartbeat is due. Nothing is read
 * before the client has taken what was read before it: a slow client costs one page and misses nothing.
 * The stream holds a listener and a timer; both go when it ends, also while it sleeps.
 */
export function followJournal<Position, Payload>(
  loop: JournalLoop<Position, Payload>,
): AsyncIterable<Payload> {
  return new Repeater<Payload>(async (push, stop) => {
    const { clock, scheduler, ends } = loop;
    const wakeup = createWakeup();
    let ended = ends.some(({ aborted }) => aborted);
    let silent = true;
    let due = false;
    let cancelTimer = (): void => {};

    const end = (): void => {
      ended = true;
      // A client that takes nothing any more is waited for no longer.
      stop();
      wakeup.wake();
    };
    const restartHeartbeat = (): void => {
      cancelTimer();
      due = false;
      cancelTimer = clock.after(HEARTBEAT, () => {
        due = true;
        wakeup.wake();
      });
    };

    void stop.then(end);
    for (const signal of ends) signal.addEventListener('abort', end, { once: true });
    const silence = loop.onMore(wakeup.wake);
    const closed = loop.opened();
    let { start: position } = loop;
    restartHeartbeat();

    const send = async (payload: Payload): Promise<void> => {
      if (ended) return;
      // Resolves when the client asks for the next one.
      await push(payload);
      silent = false;
      restartHeartbeat();
    };

    try {
      for (const payload of loop.prelude ?? []) await send(payload);
      while (!ended) {
        const step = await loop.read(position);
        ({ position } = step);
        for (const payload of step.payloads) await send(payload);
        // The first payload comes at once, also where there is nothing to deliver.
        if (due || (silent && step.atEnd)) await send(loop.heartbeat(position));
        if (step.atEnd && !ended) await wakeup.wait();
        // A client that takes everything at once must not keep the event loop for itself.
        await scheduler.next();
      }
    } catch (error) {
      // What breaks behind the end, like a database that closes with the server, is nobody's to know.
      if (!ended) throw error;
    } finally {
      cancelTimer();
      silence();
      for (const signal of ends) signal.removeEventListener('abort', end);
      closed();
      stop();
    }
  });
}

/** Wakes one sleeper. A ring that comes while nobody sleeps is kept for the next one. */
interface Wakeup {
  wake(): void;
  /** Resolves at the next ring, at once where one is kept. */
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
