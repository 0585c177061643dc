import type { AppView } from '../src/contracts/supervisor.ts';
import type { AppState } from '../src/core/app.ts';
import type { GraphQLContext } from './context.ts';
import {
  type CountedConnection,
  checkedSize,
  decodeAppCursor,
  encodeAppCursor,
  MAX_PAGE,
  type PageArgs,
  pageSize,
  toConnection,
} from './relay.ts';

/** The conditions of an `AppFilter`, as they come in. */
export interface AppFilterInput {
  readonly states?: readonly AppState[] | null | undefined;
  readonly tool?: boolean | null | undefined;
  readonly nameContains?: string | null | undefined;
}

/** A page of the listed apps, by name. @throws GraphQLError INVALID_PAGE, BAD_CURSOR */
export function appConnection(
  context: GraphQLContext,
  args: PageArgs & { readonly filter?: AppFilterInput | null | undefined },
): CountedConnection<AppView> {
  const size = pageSize(args, { limit: MAX_PAGE, forward: true });
  checkedSize('states', args.filter?.states?.length);
  const wanted = context.supervisor.apps().filter((app) => matches(app, args.filter ?? {}));
  const from = args.after == null ? 0 : placeOf(wanted, decodeAppCursor(args.after)).behind;
  const to = args.before == null ? wanted.length : placeOf(wanted, decodeAppCursor(args.before)).at;
  const end = Math.max(from, to);
  const start = size.forward ? from : Math.max(from, end - size.limit);
  const stop = size.forward ? Math.min(end, from + size.limit) : end;
  return {
    ...toConnection(
      { items: wanted.slice(start, stop), hasPrevious: start > 0, hasNext: stop < wanted.length },
      size,
      (app) => encodeAppCursor(app.name),
    ),
    totalCount: () => wanted.length,
  };
}

/** Where an app of that name stands or, should it be gone, would stand. */
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
