import { invalidPage } from './errors.ts';

/** The most items that one page may hold. */
export const MAX_PAGE = 1_000;

/** The page of a journal or of a run list where a client asks for no size. */
export const DEFAULT_PAGE = 100;

/** The four arguments of every connection, as they come in. */
export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** How much of a list is wanted, and from which end of it. */
export interface PageSize {
  readonly limit: number;
  readonly forward: boolean;
  /** Where both `first` and `last` are given: only so many from the end of what `first` took. */
  readonly thenLast: number | null;
}

/**
 * `first` counts from the beginning, `last` from the end; with both, `last` is taken from what
 * `first` took. `fallback` stands where neither is given.
 * @throws GraphQLError INVALID_PAGE
 */
export function pageSize(args: PageArgs, fallback: Omit<PageSize, 'thenLast'>): PageSize {
  const first = checkedSize('first', args.first);
  const last = checkedSize('last', args.last);
  if (first !== null) return { limit: first, forward: true, thenLast: last };
  if (last !== null) return { limit: last, forward: false, thenLast: null };
  return { ...fallback, thenLast: null };
}

/** For journals, oldest first: the newest items, but going on behind a cursor the next ones. */
export function journalPageSize(args: PageArgs): PageSize {
  const forward = args.after != null && args.before == null;
  return pageSize(args, { limit: DEFAULT_PAGE, forward });
}

/** The number, or null where none is given. @throws GraphQLError INVALID_PAGE */
export function checkedSize(name: string, size: number | null | undefined): number | null {
  if (size == null) return null;
  if (size < 0 || size > MAX_PAGE) {
    throw invalidPage(`"${name}" is ${size}: give a number from 0 to ${MAX_PAGE}, or leave it out`);
  }
  return size;
}

/** A page of any list, in the list's own order. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

/** What a connection field answers with. */
export interface Connection<T> {
  readonly edges: { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** A connection that can tell how long the whole list is, counted when it is asked for. */
export interface CountedConnection<T> extends Connection<T> {
  readonly totalCount: () => number;
}

/** Makes a connection of a page, and takes the last of the first where both were asked for. */
export function toConnection<T>(page: Page<T>, size: PageSize, cursorOf: (item: T) => string): Connection<T> {
  const { thenLast } = size;
  const dropped = thenLast === null ? 0 : Math.max(0, page.items.length - thenLast);
  const edges = page.items.slice(dropped).map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNext,
      hasPreviousPage: page.hasPrevious || dropped > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
