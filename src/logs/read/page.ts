import type { LogEntryRecord, LogPage, LogPageRequest, LogQuery } from '../../contracts/logs.ts';
import type { Mark } from '../../contracts/marks.ts';
import type { LogPosition } from '../../core/cursor.ts';
import type { Line } from './lines.ts';
import type { Reading } from './reading.ts';
import { type Walk, walk } from './walk.ts';

export interface FoundLine {
  readonly mark: Mark;
  readonly line: Line;
}

interface Range extends Walk {
  /** The search ends when the lines found have more characters than this. */
  readonly mostText?: number;
}

/** @returns at most `limit` lines, in the order in which the direction meets them. */
export async function findLines(reading: Reading, query: LogQuery, range: Range): Promise<FoundLine[]> {
  const { mostText = Infinity } = range;
  const found: FoundLine[] = [];
  let text = 0;
  for (const { mark, lines } of walk(reading, query, range)) {
    const ordered = range.direction === 'FORWARD' ? lines : lines.toReversed();
    for (const line of ordered) {
      if (found.length === range.limit) return found;
      found.push({ mark, line });
      text += line.text.length;
      if (text > mostText) return found;
    }
    if (found.length === range.limit) return found;
    const pause = reading.pause();
    if (pause) await pause;
  }
  return found;
}

/** One page, from either end. */
export async function readPage(
  reading: Reading,
  query: LogQuery,
  { after, before, limit, forward, mostText = Infinity }: LogPageRequest,
): Promise<LogPage> {
  const direction = forward ? 'FORWARD' : 'BACKWARD';
  const range = { after, before, direction, limit: limit + 1, mostText } as const;
  const found = await findLines(reading, query, range);
  const text = found.reduce((sum, { line }) => sum + line.text.length, 0);
  // One line more than asked for: it only shows that there is more.
  const more = found.length > limit || text > mostText;
  if (more) found.pop();
  if (!forward) found.reverse();
  const edge = forward ? after : before;
  const beyond = edge !== null && (await hasBeyond(reading, query, edge, forward));
  return {
    entries: found.map(({ mark, line }) => entryOf(mark, line)),
    hasPreviousPage: forward ? beyond : more,
    hasNextPage: forward ? more : beyond,
  };
}

/** Whether there are lines on the other side of the cursor that a page began at, the cursor's own line included. */
async function hasBeyond(
  reading: Reading,
  query: LogQuery,
  edge: LogPosition,
  forward: boolean,
): Promise<boolean> {
  // A search of the whole log for a rare word would cost more than an exact answer is good for.
  if (query.contains) return true;
  const upToEdge = { mark: edge.mark, byte: edge.byte + 1 };
  const before: Range = { after: null, before: upToEdge, direction: 'BACKWARD', limit: 1 };
  const [nearest] = await findLines(reading, query, before);
  if (forward) return nearest !== undefined;
  if (nearest?.mark.seq === edge.mark && nearest.line.end === edge.byte) return true;
  const behind: Range = { after: edge, before: null, direction: 'FORWARD', limit: 1 };
  return (await findLines(reading, query, behind)).length > 0;
}

export function entryOf(mark: Mark, line: Line): LogEntryRecord {
  return {
    position: { mark: mark.seq, byte: line.end },
    app: mark.app,
    run: mark.run,
    stream: mark.stream,
    at: mark.at,
    text: line.text,
    truncated: line.truncated,
  };
}
