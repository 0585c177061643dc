import type { LogQuery, LogRead } from '../../contracts/logs.ts';
import type { Mark } from '../../contracts/marks.ts';
import type { LogPosition } from '../../core/cursor.ts';
import { isBefore } from '../gaps.ts';
import { entryOf } from './page.ts';
import type { Reading } from './reading.ts';
import { walk } from './walk.ts';

/** The most that one answer reads from files, in bytes: a filter that matches nothing still moves the position. */
const MOST_READ = 1024 * 1024;

/** One step of a follower: entries after a position, and gaps where lines of its apps are gone. */
export async function readOn(
  reading: Reading,
  query: LogQuery,
  after: LogPosition,
  limit: number,
): Promise<LogRead> {
  const items: LogRead['items'][number][] = [];
  let position = after;
  let lastThere: LogPosition | null = null;

  /** The gap that retention made stands where the freed lines ended, so that each follower passes it once. */
  function passGaps(upTo: LogPosition | null): void {
    for (const { app, end } of reading.gaps.after(query.apps, position)) {
      if (upTo && !isBefore(end, upTo)) continue;
      items.push({ gap: { lostAfter: after, resumeAt: end, reason: 'RETENTION', app } });
      if (isBefore(position, end)) position = end;
    }
  }

  const request = { after, before: null, direction: 'FORWARD', limit } as const;
  for (const { mark, lines, done, gone } of walk(reading, query, request)) {
    if (isBefore(position, { mark: mark.seq, byte: 0 })) passGaps({ mark: mark.seq, byte: 0 });
    if (isTruncation(mark)) {
      const resumeAt = { mark: mark.seq, byte: mark.to };
      if (isBefore(position, resumeAt)) {
        const lostAfter = lastThere ?? position;
        items.push({ gap: { lostAfter, resumeAt, reason: 'TRUNCATED_BY_APP', app: mark.app } });
        position = resumeAt;
      }
      lastThere = null;
      continue;
    }
    // The last lines that were still there: a gap that follows begins behind them.
    if (gone) lastThere ??= position;
    for (const line of lines) {
      if (items.length >= limit) return { items, position, atEnd: false };
      const entry = entryOf(mark, line);
      items.push({ entry });
      position = entry.position;
    }
    if (done) position = { mark: mark.seq, byte: mark.to };
    if (items.length >= limit || reading.windows.read >= MOST_READ) return { items, position, atEnd: false };
    const pause = reading.pause();
    if (pause) await pause;
  }
  passGaps(null);
  return { items, position, atEnd: true };
}

function isTruncation(mark: Mark): boolean {
  return mark.generation > 0 && mark.to === 0 && mark.from === 0;
}
