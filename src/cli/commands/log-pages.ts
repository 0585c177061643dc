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
  /** The newest so many; null: all. */
  readonly count: number | null;
}

export interface LogPage {
  readonly lines: readonly Line[];
  /** Where to go on after it; null: nothing was ever there. */
  readonly cursor: string | null;
}

const MOST = 1_000;

/** Where the log ends now, whatever the filter. Null: no line was ever written. */
export async function endOfLog(client: ToeholdClient, apps: AppRef[] | undefined): Promise<Line | null> {
  const { logs } = await client.request(LogsPageDocument, { apps: apps ?? null, last: 1 });
  return logs.nodes[0] ?? null;
}

/** The lines of the range, oldest first, a page at a time; it ends where the log ended when it was begun. */
export async function* pagesOfLog(client: ToeholdClient, range: LogRange): AsyncGenerator<LogPage> {
  const { count } = range;
  const end = await endOfLog(client, range.apps);
  if (end === null || count === 0) {
    yield { lines: [], cursor: end?.cursor ?? null };
    return;
  }
  // An app that prints faster than anybody reads would have no last page.
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
  // Backwards to where the range begins: what lies between is read when its turn comes.
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

/** How many of the first page of a range, so that all others are whole. */
function rest(count: number): number {
  return count % MOST || MOST;
}
