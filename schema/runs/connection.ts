import type { AppId } from '../../src/core/app.ts';
import type { Run as RunRecord } from '../../src/core/run.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { Run } from '../refs.ts';
import {
  type CountedConnection,
  DEFAULT_PAGE,
  decodeRunCursor,
  encodeRunCursor,
  type PageArgs,
  pageSize,
  toConnection,
} from '../relay.ts';

/** The cost of a page of runs: one query of the database, and each row. */
export const RUN_WORK = { page: 50, item: 5, fallback: DEFAULT_PAGE };

/** A page of an app's runs, newest first. @throws GraphQLError INVALID_PAGE, BAD_CURSOR */
export function runConnection(
  context: GraphQLContext,
  app: AppId,
  args: PageArgs,
): CountedConnection<RunRecord> {
  const size = pageSize(args, { limit: DEFAULT_PAGE, forward: true });
  const page = context.supervisor.runs(app, {
    after: args.after == null ? null : decodeRunCursor(args.after),
    before: args.before == null ? null : decodeRunCursor(args.before),
    limit: size.limit,
    forward: size.forward,
  });
  return {
    ...toConnection({ ...page, items: page.runs }, size, (run) => encodeRunCursor(run.id)),
    totalCount: () => context.supervisor.runCount(app),
  };
}

export const RunConnection = builder.connectionObject(
  {
    type: Run,
    name: 'RunConnection',
    description: 'A page of an app’s runs, newest first.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many runs of the app are kept, on all pages.',
        resolve: ({ totalCount }) => totalCount?.() ?? 0,
      }),
    }),
  },
  { name: 'RunEdge', description: 'A run in a page, with its cursor.' },
);
