import type { GraphQLResolveInfo } from 'graphql';
import type { LogEntryRecord, LogPageRequest, LogQuery } from '../../src/contracts/logs.ts';
import type { AppView, Supervisor } from '../../src/contracts/supervisor.ts';
import type { AppId } from '../../src/core/app.ts';
import type { Run, RunId } from '../../src/core/run.ts';
import { readForAnswer } from '../answer-size.ts';
import { AppRef, toAppIds } from '../app-ref.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import type { LogEntryNode } from '../refs.ts';
import {
  type Connection,
  checkedSize,
  DEFAULT_PAGE,
  journalPageSize,
  type PageArgs,
  pageWeight,
  toConnection,
  type Weight,
} from '../relay.ts';
import { invalidPage } from '../request-errors.ts';
import { LogEntryConnection, LogFilter } from './type.ts';

/** The most characters of text in a page. A line has at most 16 KiB, so a page always has some lines. */
const PAGE_TEXT = 4 * 1_024 * 1_024;

/** The description of pages, for all fields with log lines. */
export const LOG_PAGE =
  'Without `first` and `last`, returns the newest 100, or with only `after` the next 100. A cursor of a journal that no longer exists is ignored. If the lines at a cursor were removed by retention, the page begins with the oldest line that is kept. A page has at most 4 MiB of text: with long lines it has fewer lines than requested, and `pageInfo` tells that more exist.';

type LogFilterInput = typeof LogFilter.$inferInput;

/** Selects lines by app and run. */
interface LogOwner {
  readonly apps: readonly AppId[] | null;
  readonly run?: RunId;
}

/** In bytes of UTF-8. A search for a longer text can take seconds for each megabyte of similar text. */
const LONGEST_SEARCH = 250;

/** @throws GraphQLError INVALID_PAGE */
export function logQuery(owner: LogOwner, filter: LogFilterInput | null | undefined): LogQuery {
  checkedSize('streams', filter?.streams?.length);
  const length = Buffer.byteLength(filter?.contains ?? '');
  if (length > LONGEST_SEARCH)
    throw invalidPage(`"contains" has ${length} bytes: look for at most ${LONGEST_SEARCH}`);
  return {
    ...owner,
    ...(filter?.streams && { streams: filter.streams }),
    ...(filter?.contains && { contains: filter.contains }),
    ...(filter?.since != null && { since: filter.since }),
    ...(filter?.until != null && { until: filter.until }),
  };
}

/**
 * The cost of a page of lines: opening files, and looking up the app and run of each line. A search for a text can read
 * the whole log.
 */
export function logWeight(args: PageArgs & { readonly filter?: LogFilterInput | null | undefined }): Weight {
  const page = args.filter?.contains ? 2_000 : 100;
  return pageWeight(args, { page, item: 10, fallback: DEFAULT_PAGE });
}

/** A page of lines. @throws GraphQLError INVALID_PAGE, BAD_CURSOR */
export async function logConnection(
  context: GraphQLContext,
  owner: LogOwner,
  args: PageArgs & { readonly filter?: LogFilterInput | null | undefined },
  { rootValue }: Pick<GraphQLResolveInfo, 'rootValue'>,
): Promise<Connection<LogEntryNode>> {
  const size = journalPageSize(args);
  const after = args.after == null ? null : context.cursors.readLog(args.after);
  const before = args.before == null ? null : context.cursors.readLog(args.before);
  const query = logQuery(owner, args.filter);
  const request: LogPageRequest = {
    after: after?.position ?? null,
    // Of another journal: all lines are before it.
    before: before?.reset ? null : (before?.position ?? null),
    limit: size.limit,
    forward: size.forward,
    mostText: PAGE_TEXT,
  };
  const page = await readForAnswer(context, rootValue, async () => {
    const value = await context.logs.page(query, request);
    return { value, characters: value.entries.reduce((sum, { text }) => sum + text.length, 0) };
  });
  return toConnection(
    {
      items: withOwners(page.entries, context.supervisor),
      hasPrevious: page.hasPreviousPage,
      hasNext: page.hasNextPage,
    },
    size,
    ({ record }) => context.cursors.log(record.position),
  );
}

/**
 * Adds to each line its app and run, and looks up each only once. Leaves out lines of an app or run that was removed
 * while they were read.
 */
export function withOwners(
  records: readonly LogEntryRecord[],
  supervisor: Pick<Supervisor, 'appById' | 'run'>,
): LogEntryNode[] {
  const apps = new Map<AppId, AppView | null>();
  const runs = new Map<RunId, Run | null>();
  const nodes: LogEntryNode[] = [];
  for (const record of records) {
    const app = remembered(apps, record.app, (id) => supervisor.appById(id));
    // Most lines are of the current run, which needs no look at the database.
    const run = remembered(runs, record.run, (id) => (app?.run?.id === id ? app.run : supervisor.run(id)));
    if (app && run) nodes.push({ record, app, run });
  }
  return nodes;
}

function remembered<K, V>(known: Map<K, V>, key: K, find: (key: K) => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const value = find(key);
  known.set(key, value);
  return value;
}

builder.queryField('logs', (t) =>
  t.field({
    type: LogEntryConnection,
    authScopes: { role: 'VIEWER' },
    description: `Log lines of one app, of several or of all, oldest first. ${LOG_PAGE}`,
    args: {
      apps: t.arg({
        type: [AppRef],
        description: 'Only lines of these apps. If left out, lines of all apps.',
      }),
      ...t.arg.connectionArgs(),
      filter: t.arg({ type: LogFilter, description: 'Which lines to return. If left out, all lines.' }),
    },
    complexity: logWeight,
    resolve: (_root, args, context, info) =>
      logConnection(context, { apps: toAppIds(context, args.apps) }, args, info),
  }),
);
