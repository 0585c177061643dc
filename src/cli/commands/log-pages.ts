import {
  type AppRef,
  type LogFilter,
  LogsPageDocument,
  type LogsPageQuery,
  type ToeholdClient,
} from '../../../client/index.ts';

type Line = LogsPageQuery['logs']['nodes'][number];

export interface LogRange {
  readonly apps: AppRef[] | undefined;
  readonly filter: LogFilter;
  /** How many of the newest lines; null: all. */
  readonly count: number | null;
}

export interface LogPage {
  readonly lines: readonly Line[];
  /** The position after the page; null: the log has never had a line. */
  readonly cursor: string | null;
}

const MOST = 1_000;

/** The last line of the log now, without the filter. Null: the log has never had a line. */
async function endOfLog(client: ToeholdClient, apps: AppRef[] | undefined): Promise<Line | null> {
  const { logs } = await client.request(LogsPageDocument, { apps: apps ?? null, last: 1 });
  return logs.nodes[0] ?? null;
}

/** The lines of the range, oldest first, in pages, up to the end of the log at the time of the call. */
export async function* pagesOfLog(client: ToeholdClient, range: LogRange): AsyncGenerator<LogPage> {
  const { count } = range;
  const end = await endOfLog(client, range.apps);
  if (end === null || count === 0) {
    yield { lines: [], cursor: end?.cursor ?? null };
    return;
  }
  // Otherwise there is no last page if an app prints faster than the command reads.
  const until = range.filter.until ?? end.at;
  const ask = async (where: {
    first?: number;
    last?: number;
    after?: string | null;
    before?: string | null;
  }) => {
    const variables = { apps: range.apps ?? null, filter: { ...range.filter, until }, ...where };
    return (await client.request(LogsPageDocument, variables)).logs;
  };
  let left = count ?? Number.POSITIVE_INFINITY;
  let before: string | null = null;
  // Go back to the start of the range. The lines in between are read later.
  for (let skipped = count ?? 0; skipped > MOST; skipped -= MOST) {
    const page: LogsPageQuery['logs'] = await ask({ last: MOST, before });
    if (page.nodes.length === 0) break;
    before = page.pageInfo.startCursor ?? null;
  }
  let page: LogsPageQuery['logs'] =
    count === null ? await ask({ first: MOST }) : await ask({ last: rest(count), before });
  if (page.nodes.length === 0 && before !== null) page = await ask({ first: MOST });
  let cursor: string | null = end.cursor;
  for (;;) {
    const lines = page.nodes.slice(0, left);
    left -= lines.length;
    cursor = lines.at(-1)?.cursor ?? cursor;
    yield { lines, cursor };
    if (!page.pageInfo.hasNextPage || left <= 0 || lines.length === 0) return;
    page = await ask({ first: MOST, after: cursor });
  }
}

/** The size of the first page, so that all other pages are full. */
function rest(count: number): number {
  return count % MOST || MOST;
}
