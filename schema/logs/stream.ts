import type { LogEntryRecord, LogQuery } from '../../src/contracts/logs.ts';
import type { LogPosition } from '../../src/core/cursor.ts';
import { AppRef, toAppIds } from '../app-ref.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { LogEntry, type LogEntryNode } from '../refs.ts';
import { checkedSize, DEFAULT_PAGE, listWeight } from '../relay.ts';
import { followJournal, type JournalRead, resolvedOnce } from '../streams/loop.ts';
import { StreamGap, StreamHeartbeat } from '../streams/type.ts';
import { logQuery, withOwners } from './queries.ts';
import { LogFilter } from './type.ts';

interface LogBatch {
  readonly type: 'LogBatch';
  readonly cursor: string;
  readonly live: boolean;
  readonly entries: readonly LogEntryNode[];
}

type LogPayload = LogBatch | StreamGap | StreamHeartbeat;

/** The most lines of one batch. */
const BATCH = 1_000;
/** The target size of a batch in characters: with long lines, a batch has fewer. */
const BATCH_TEXT = 512 * 1_024;
const SMALLEST_BATCH = 32;

/** Where a stream begins: after a cursor, or else with the last lines. */
interface LogStart {
  readonly after: string | null | undefined;
  readonly last: number;
}

/**
 * Lines after a cursor, or the last lines, and then live.
 * @throws GraphQLError BAD_CURSOR
 */
async function logStream(
  context: GraphQLContext,
  query: LogQuery,
  start: LogStart,
): Promise<AsyncIterable<LogPayload>> {
  const { logs, cursors, handover } = context;
  const after = handover?.from ?? start.after;
  const from =
    after == null
      ? { position: await logs.startOf(query, start.last), reset: false }
      : cursors.readLog(after);
  const backlogEnd = logs.end();
  let live = handover?.from != null;
  let limit = BATCH;

  function batch(records: readonly LogEntryRecord[], position: LogPosition): LogPayload[] {
    live ||= !isBefore(position, backlogEnd);
    const entries = withOwners(records, context.supervisor);
    return entries.length === 0 ? [] : [{ type: 'LogBatch', cursor: cursors.log(position), live, entries }];
  }

  async function read(position: LogPosition): Promise<JournalRead<LogPosition, LogPayload>> {
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
      // Lines before a gap are sent before it: a client that stops in between gets the gap when it continues.
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

  return followJournal(context, 'logs', {
    apps: query.apps,
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
    cursor: (position) => cursors.log(position),
    onMore: (listener) => logs.onMore(listener),
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

const LogBatch = builder.objectRef<LogBatch>('LogBatch').implement({
  description: 'Log lines, in order.',
  fields: (t) => ({
    cursor: t.expose('cursor', {
      type: 'Cursor',
      description: 'The position after this batch. To continue from there, pass it as `after`.',
    }),
    live: t.exposeBoolean('live', {
      description: 'False while the backlog is being delivered; true from then on.',
    }),
    entries: t.field({
      type: [LogEntry],
      description: 'The lines.',
      complexity: listWeight(1_000),
      resolve: ({ entries }) => [...entries],
    }),
    lines: t.stringList({
      description:
        'The texts of `entries`, in order. Several times cheaper for a client that only prints them.',
      resolve: ({ entries }) => entries.map(({ record }) => record.text),
    }),
  }),
});

const LogStreamPayload = builder.unionType('LogStreamPayload', {
  description: 'A payload of a stream of log lines.',
  types: [LogBatch, StreamGap, StreamHeartbeat],
  resolveType: (payload) => payload.type,
});

builder.subscriptionField('logs', (t) =>
  t.field({
    type: LogStreamPayload,
    authScopes: { role: 'VIEWER' },
    description:
      'Log lines as they are written. Without `after`, the stream begins with the last `last` lines and then continues live. With `after`, it begins with everything after that cursor; `last` is ignored. To continue after a lost connection, subscribe again with the last cursor: no line is missed, and none comes twice.',
    args: {
      apps: t.arg({
        type: [AppRef],
        description: 'Only lines of these apps. If left out, lines of all apps.',
      }),
      after: t.arg({ type: 'Cursor', description: 'The cursor of a line, a batch, a gap or a heartbeat.' }),
      last: t.arg.int({
        defaultValue: DEFAULT_PAGE,
        description: 'How many lines to begin with, over all apps together: 0 to 1,000.',
      }),
      filter: t.arg({ type: LogFilter, description: 'Which lines to return. If left out, all lines.' }),
    },
    subscribe: (_root, { apps, after, last, filter }, context) =>
      logStream(
        context,
        resolvedOnce(context, () => logQuery({ apps: toAppIds(context, apps) }, filter)),
        { after, last: checkedSize('last', last) ?? DEFAULT_PAGE },
      ),
    resolve: (payload) => payload,
  }),
);
