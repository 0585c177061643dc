import type { LogEntryRecord, LogQuery } from '../../src/contracts/logs.ts';
import type { LogPosition } from '../../src/core/cursor.ts';
import type { GraphQLContext } from '../context.ts';
import { withOwners } from '../log-owners.ts';
import { followJournal, type Step } from './loop.ts';
import type { LogPayload } from './payloads.ts';

/** The most lines of one batch. */
const BATCH = 1_000;
/** Where lines are long a batch has fewer, so that it stays about this long: characters. */
const BATCH_TEXT = 512 * 1_024;
const SMALLEST_BATCH = 32;

/** Where a stream begins: behind a cursor, or else with the last lines. */
export interface LogStart {
  readonly after: string | null | undefined;
  readonly last: number;
}

/**
 * Lines behind a cursor, or the last ones, and then live.
 * @throws GraphQLError BAD_CURSOR
 */
export async function logStream(
  context: GraphQLContext,
  query: LogQuery,
  { after, last }: LogStart,
): Promise<AsyncIterable<LogPayload>> {
  const { logs, cursors } = context;
  const from =
    after == null ? { position: await logs.startOf(query, last), reset: false } : cursors.readLog(after);
  const backlogEnd = logs.end();
  let live = false;
  let limit = BATCH;

  function batch(records: readonly LogEntryRecord[], position: LogPosition): LogPayload[] {
    live ||= !isBefore(position, backlogEnd);
    const entries = withOwners(records, context.supervisor);
    return entries.length === 0 ? [] : [{ type: 'LogBatch', cursor: cursors.log(position), live, entries }];
  }

  async function read(position: LogPosition): Promise<Step<LogPosition, LogPayload>> {
    const step = await logs.follow(query, position, limit);
    const payloads: LogPayload[] = [];
    let records: LogEntryRecord[] = [];
    let characters = 0;
    for (const item of step.items) {
      if ('entry' in item) {
        records.push(item.entry);
        characters += item.entry.text.length;
        continue;
      }
      // What comes before a gap is told before it: nobody who stops in between misses the gap.
      const { gap } = item;
      payloads.push(...batch(records, records.at(-1)?.position ?? position), {
        type: 'StreamGap',
        lostAfter: cursors.log(gap.lostAfter),
        resumeAt: cursors.log(gap.resumeAt),
        reason: gap.reason,
        app: gap.app,
      });
      records = [];
    }
    payloads.push(...batch(records, step.position));
    limit = nextLimit(step.items.length, characters);
    return { payloads, position: step.position, atEnd: step.atEnd };
  }

  return followJournal({
    start: from.position,
    prelude:
      after != null && from.reset
        ? [
            {
              type: 'StreamGap',
              lostAfter: after,
              resumeAt: cursors.log(from.position),
              reason: 'JOURNAL_RESET',
              app: null,
            },
          ]
        : [],
    read,
    heartbeat: (position) => ({ type: 'StreamHeartbeat', cursor: cursors.log(position) }),
    onMore: (listener) => logs.onMore(listener),
    clock: context.clock,
    scheduler: context.scheduler,
    ends: context.ends,
    opened: () => context.streamOpened('logs'),
  });
}

function nextLimit(lines: number, characters: number): number {
  if (lines === 0) return BATCH;
  const perLine = Math.max(1, characters / lines);
  return Math.min(BATCH, Math.max(SMALLEST_BATCH, Math.floor(BATCH_TEXT / perLine)));
}

function isBefore(a: LogPosition, b: LogPosition): boolean {
  return a.mark === b.mark ? a.byte < b.byte : a.mark < b.mark;
}
