import type { LogQuery, LogRead } from '../../contracts/logs.ts';
import type { LogPosition } from '../../core/cursor.ts';
import { isBefore } from '../gaps.ts';
import { createMatcher } from './matcher.ts';
import { entryOf } from './page.ts';
import { createPauses } from './pause.ts';
import { type WalkSources, walk } from './walk.ts';
import type { Windows } from './windows.ts';

/** The most that one answer reads from files: a filter that matches nothing still moves the position. */
const MOST_READ = 1024 * 1024;

/** One step of a follower: entries after a position, and gaps where lines of its apps are gone. */
export async function readOn(
  sources: WalkSources,
  windows: Windows,
  query: LogQuery,
  after: LogPosition,
  limit: number,
): Promise<LogRead> {
  const items: LogRead['items'][number][] = [];
  const pauses = createPauses(windows);
  const matcher = createMatcher(query);
  let position = after;
  let lastThere: LogPosition | null = null;

  /** Gaps of what retention freed stand where the freed lines ended, so each is passed once. */
  function passLosses(upTo: LogPosition | null): void {
    for (const { app, lost } of sources.losses.after(query.apps, position)) {
      if (upTo && !isBefore(lost, upTo)) continue;
      items.push({ gap: { lostAfter: after, resumeAt: lost, reason: 'RETENTION', app } });
      if (isBefore(position, lost)) position = lost;
    }
  }

  for (const { mark, lines, done, gone } of walk(sources, windows, {
    query,
    matcher,
    after,
    before: null,
    direction: 'FORWARD',
    limit,
  })) {
    if (isBefore(position, { mark: mark.seq, byte: 0 })) passLosses({ mark: mark.seq, byte: 0 });
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
    // Where the lines stop that were there: a gap that follows begins at it.
    if (gone) lastThere ??= position;
    for (const line of lines) {
      if (items.length >= limit) return { items, position, atEnd: false };
      const entry = entryOf(mark, line);
      items.push({ entry });
      position = entry.position;
    }
    if (done) position = { mark: mark.seq, byte: mark.to };
    if (items.length >= limit || windows.read >= MOST_READ) return { items, position, atEnd: false };
    const pause = pauses.step();
    if (pause) await pause;
  }
  passLosses(null);
  return { items, position, atEnd: true };
}

function isTruncation(mark: { generation: number; from: number; to: number }): boolean {
  return mark.generation > 0 && mark.to === 0 && mark.from === 0;
}
