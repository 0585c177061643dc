import type { LogReader } from '../src/contracts/logs.ts';
import type { EventReader } from '../src/contracts/supervisor.ts';
import {
  BadCursorError,
  decodeEventCursor,
  decodeLogCursor,
  encodeEventCursor,
  encodeLogCursor,
  type JournalIdentity,
  type LogPosition,
} from '../src/core/cursor.ts';
import { badCursor } from './request-errors.ts';

/**
 * A decoded cursor. `reset`: it belongs to another database, or is beyond the end of its epoch (a power failure lost
 * the rows). `position` is then the place to continue from.
 */
interface ReadCursor<Position> {
  readonly position: Position;
  readonly reset: boolean;
}

/** Converts between positions in the journals and the cursors of clients. */
export interface JournalCursors {
  event(seq: number): string;
  log(position: LogPosition): string;
  /** @throws GraphQLError BAD_CURSOR */
  readEvent(text: string): ReadCursor<number>;
  /** @throws GraphQLError BAD_CURSOR */
  readLog(text: string): ReadCursor<LogPosition>;
}

const LOG_START: LogPosition = { mark: 0, byte: 0 };

export function createJournalCursors(events: EventReader, logs: LogReader): JournalCursors {
  const { identity } = events;
  const eventEpochs = createEpochs(identity.epoch, events, () => events.last());
  const markEpochs = createEpochs(identity.epoch, logs, () => logs.end().mark);

  /** The last number of the cursor's epoch, or null if the cursor belongs to another journal. */
  function knownUpTo(epochs: Epochs, cursor: JournalIdentity): number | null {
    return cursor.database === identity.database ? epochs.endOf(cursor.epoch) : null;
  }

  return {
    event: (seq) => encodeEventCursor({ database: identity.database, epoch: eventEpochs.of(seq), seq }),
    log: ({ mark, byte }) =>
      encodeLogCursor({ database: identity.database, epoch: markEpochs.of(mark), mark, byte }),
    readEvent(text) {
      const cursor = decoded(() => decodeEventCursor(text));
      const end = knownUpTo(eventEpochs, cursor);
      if (end === null) return { position: 0, reset: true };
      return cursor.seq > end ? { position: end, reset: true } : { position: cursor.seq, reset: false };
    },
    readLog(text) {
      const cursor = decoded(() => decodeLogCursor(text));
      const end = knownUpTo(markEpochs, cursor);
      if (end === null) return { position: LOG_START, reset: true };
      // After the last byte of mark `end`: before the first byte of the next mark.
      const behindEnd = { mark: end + 1, byte: 0 };
      if (cursor.mark > end + 1 || (cursor.mark > end && cursor.byte > 0))
        return { position: behindEnd, reset: true };
      return { position: { mark: cursor.mark, byte: cursor.byte }, reset: false };
    },
  };
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof BadCursorError) throw badCursor(error.message);
    throw error;
  }
}

/** The epoch, which is a start of the control plane, in which each row was written. */
interface Epochs {
  /** The epoch of the row with this number. */
  of(number: number): number;
  /** The last number of an epoch; null if the epoch is not known. */
  endOf(epoch: number): number | null;
}

/**
 * A row keeps the epoch in which it was written, so its cursor never changes. The ends of past epochs never change
 * either, and are read once.
 */
function createEpochs(
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
