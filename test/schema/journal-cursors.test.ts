import { describe, expect, it } from 'vitest';
import { createJournalCursors } from '../../schema/journal-cursors.ts';
import type { LogReader } from '../../src/contracts/logs.ts';
import type { EventReader } from '../../src/contracts/supervisor.ts';
import { encodeEventCursor, encodeLogCursor } from '../../src/core/cursor.ts';

/** The current epoch, and the ends of past epochs; null for an unknown one. */
function cursorsOf(epoch: number, ends: readonly (number | null)[], last: number, database = 'db1') {
  const endOfEpoch = (number: number) => ends[number - 1] ?? null;
  const events = { identity: { database, epoch }, endOfEpoch, last: () => last } as EventReader;
  const logs = { endOfEpoch, end: () => ({ mark: last, byte: 100 }) } as LogReader;
  return createJournalCursors(events, logs);
}

describe('a row’s cursor', () => {
  it('never changes, however often the control plane starts', () => {
    const now = cursorsOf(1, [], 10);
    const next = cursorsOf(2, [10], 20);
    const later = cursorsOf(5, [10, 20, null, 20], 20);
    for (const seq of [0, 1, 10]) {
      expect(next.event(seq)).toBe(now.event(seq));
      expect(later.event(seq)).toBe(now.event(seq));
    }
    expect(later.event(11)).toBe(next.event(11));
    expect(later.event(20)).toBe(next.event(20));
    expect(next.event(11)).not.toBe(cursorsOf(1, [], 11).event(11));
    expect(later.log({ mark: 10, byte: 7 })).toBe(now.log({ mark: 10, byte: 7 }));
  });

  it('decodes to its position', () => {
    const cursors = cursorsOf(4, [10, null, 20], 30);
    for (const seq of [0, 5, 10, 15, 20, 25, 30]) {
      expect(cursors.readEvent(cursors.event(seq))).toEqual({ position: seq, reset: false });
      const place = { mark: seq, byte: 12 };
      expect(cursors.readLog(cursors.log(place))).toEqual({ position: place, reset: false });
    }
  });
});

describe('a cursor of another journal', () => {
  const cursors = cursorsOf(3, [10, 20], 30);

  it('of another database resets to the beginning', () => {
    const other = { database: 'db2', epoch: 1 };
    expect(cursors.readEvent(encodeEventCursor({ ...other, seq: 5 }))).toEqual({ position: 0, reset: true });
    expect(cursors.readLog(encodeLogCursor({ ...other, mark: 5, byte: 1 }))).toEqual({
      position: { mark: 0, byte: 0 },
      reset: true,
    });
  });

  it('of a future or unknown epoch resets to the beginning', () => {
    for (const epoch of [0, 4, 99]) {
      expect(cursors.readEvent(encodeEventCursor({ database: 'db1', epoch, seq: 5 }))).toEqual({
        position: 0,
        reset: true,
      });
    }
  });

  it('beyond the end of its epoch, after a power failure, resets to that end', () => {
    const lost = { database: 'db1', epoch: 2 };
    expect(cursors.readEvent(encodeEventCursor({ ...lost, seq: 25 }))).toEqual({ position: 20, reset: true });
    const { position, reset } = cursors.readLog(encodeLogCursor({ ...lost, mark: 25, byte: 3 }));
    expect(reset).toBe(true);
    expect(position).toEqual({ mark: 21, byte: 0 });
    // This position is known, even before anything is written after it.
    const atEnd = cursorsOf(3, [10, 20], 20);
    expect(atEnd.readLog(atEnd.log({ mark: 21, byte: 0 }))).toEqual({ position, reset: false });
  });
});
