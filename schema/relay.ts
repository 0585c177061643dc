import type { RunId } from '../src/core/run.ts';
import { badCursor, invalidPage } from './request-errors.ts';

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

/** Cursors of lists that are no journals: they name the item itself, so they hold while others come and go. */

export function encodeAppCursor(name: string): string {
  return btoa(`a:${encodeURIComponent(name)}`);
}

/** The app's name. @throws GraphQLError BAD_CURSOR */
export function decodeAppCursor(text: string): string {
  const name = payload(text, 'a');
  if (name === null) throw badCursor(foreign('an app', text));
  return name;
}

export function encodeRunCursor(run: RunId): string {
  return btoa(`r:${run}`);
}

/** @throws GraphQLError BAD_CURSOR */
export function decodeRunCursor(text: string): RunId {
  return numberIn(text, 'r', 'a run');
}

export function encodeAuditCursor(seq: number): string {
  return btoa(`u:${seq}`);
}

/** The entry's number. @throws GraphQLError BAD_CURSOR */
export function decodeAuditCursor(text: string): number {
  return numberIn(text, 'u', 'an audit log');
}

function numberIn(text: string, kind: string, name: string): number {
  const digits = payload(text, kind);
  if (digits === null || !/^\d{1,15}$/.test(digits)) throw badCursor(foreign(name, text));
  return Number(digits);
}

function payload(text: string, kind: string): string | null {
  try {
    const plain = atob(text);
    return plain.startsWith(`${kind}:`) ? decodeURIComponent(plain.slice(2)) : null;
  } catch {
    return null;
  }
}

function foreign(kind: string, found: string): string {
  return `"${found.slice(0, 64)}" is not ${kind} cursor: send one that this server gave you, unchanged`;
}

/**
 * What a field costs besides the fields that are asked of its value. 1 is what it takes to tell something that is
 * known anyway, about a microsecond; a field without a weight costs that.
 */
export interface Weight {
  readonly field: number;
  /** How often what is asked of its value counts. */
  readonly multiplier: number;
}

/** What it takes to find a page, and one of its items: measured with 1,000 apps, and rounded up. */
interface Work {
  readonly page: number;
  readonly item: number;
  /** The items where no size is asked for. */
  readonly fallback: number;
  /** How many there are at most. */
  readonly most?: number;
}

/** A page of a connection. */
export function pageWeight({ first, last }: PageArgs, work: Work): Weight {
  const { page, item, fallback, most = MAX_PAGE } = work;
  const items = Math.max(0, Math.min(first ?? last ?? fallback, most, MAX_PAGE));
  return { field: page + item * items, multiplier: items };
}

/** A list that comes as a whole. */
export function listWeight(items: number, page = 1, item = 0): Weight {
  return { field: page + item * items, multiplier: items };
}
