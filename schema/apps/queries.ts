import type { AppView } from '../../src/contracts/supervisor.ts';
import { AppRef, toAppRef } from '../app-ref.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { App } from '../refs.ts';
import {
  type CountedConnection,
  checkedSize,
  decodeAppCursor,
  encodeAppCursor,
  MAX_PAGE,
  type PageArgs,
  pageSize,
  pageWeight,
  toConnection,
} from '../relay.ts';
import { AppState } from './states.ts';

const AppFilter = builder.inputType('AppFilter', {
  description: 'Selects the apps that meet all the given conditions.',
  fields: (t) => ({
    states: t.field({ type: [AppState], description: 'Only apps in one of these states.' }),
    tool: t.boolean({ description: 'If true, only tools. If false, only apps that are not tools.' }),
    nameContains: t.string({ description: 'Only apps whose name contains this text.' }),
  }),
});

type AppFilterInput = typeof AppFilter.$inferInput;

/** A page of the listed apps, by name. @throws GraphQLError INVALID_PAGE, BAD_CURSOR */
function appConnection(
  context: GraphQLContext,
  args: PageArgs & { readonly filter?: AppFilterInput | null | undefined },
): CountedConnection<AppView> {
  const size = pageSize(args, { limit: MAX_PAGE, forward: true });
  checkedSize('states', args.filter?.states?.length);
  const selected = context.supervisor.apps().filter((app) => matches(app, args.filter ?? {}));
  const from = args.after == null ? 0 : placeOf(selected, decodeAppCursor(args.after)).behind;
  const to = args.before == null ? selected.length : placeOf(selected, decodeAppCursor(args.before)).at;
  const end = Math.max(from, to);
  const start = size.forward ? from : Math.max(from, end - size.limit);
  const stop = size.forward ? Math.min(end, from + size.limit) : end;
  return {
    ...toConnection(
      { items: selected.slice(start, stop), hasPrevious: start > 0, hasNext: stop < selected.length },
      size,
      (app) => encodeAppCursor(app.name),
    ),
    totalCount: () => selected.length,
  };
}

/** The position of the app with this name, or the position that it would have. */
function placeOf(apps: readonly AppView[], name: string): { readonly at: number; readonly behind: number } {
  const at = apps.findIndex((app) => app.name === name);
  if (at >= 0) return { at, behind: at + 1 };
  const next = apps.findIndex((app) => app.name.localeCompare(name) > 0);
  const place = next < 0 ? apps.length : next;
  return { at: place, behind: place };
}

function matches(app: AppView, filter: AppFilterInput): boolean {
  if (filter.states && !filter.states.includes(app.state)) return false;
  if (filter.tool != null && filter.tool !== (app.tool !== null)) return false;
  return !filter.nameContains || app.name.includes(filter.nameContains);
}

const AppConnection = builder.connectionObject(
  {
    type: App,
    name: 'AppConnection',
    description: 'A page of a list of apps.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many apps are on all pages of the list.',
        resolve: ({ totalCount }) => totalCount?.() ?? 0,
      }),
    }),
  },
  { name: 'AppEdge', description: 'An app in a page, with its cursor.' },
);

builder.queryFields((t) => ({
  apps: t.field({
    type: AppConnection,
    authScopes: { role: 'VIEWER' },
    description: 'The apps, ordered by name. Without `first` and `last`, returns all, up to 1,000.',
    args: {
      ...t.arg.connectionArgs(),
      filter: t.arg({ type: AppFilter, description: 'Which apps to return. If left out, all apps.' }),
    },
    complexity: (args, { supervisor }) => {
      // Every page filters all apps.
      const most = supervisor.apps().length;
      return pageWeight(args, { page: most, item: 0, fallback: MAX_PAGE, most });
    },
    resolve: (_root, args, context) => appConnection(context, args),
  }),
  app: t.field({
    type: App,
    nullable: true,
    authScopes: { role: 'VIEWER' },
    description: 'One app. Null if no listed app has this id or name.',
    args: { by: t.arg({ type: AppRef, required: true, description: 'The app to return.' }) },
    resolve: (_root, { by }, context) => {
      const ref = toAppRef(by);
      return ref && context.supervisor.app(ref);
    },
  }),
}));
