import type { RunId } from '../src/core/run.ts';
import { badCursor, invalidPage } from './request-errors.ts';

/** The most items of a page. */
export const MAX_PAGE = 1_000;

/** The default size of a page of a journal or of runs. */
export const DEFAULT_PAGE = 100;

/** The four arguments of every connection. */
export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** The size of a page, and the end of the list that it is taken from. */
interface PageSize {
  readonly limit: number;
  readonly forward: boolean;
  /** If both `first` and `last` are given: how many to keep from the end of what `first` took. */
  readonly thenLast: number | null;
}

/**
 * The page that `first` and `last` request.
 * @param fallback the page if neither is given
 * @throws GraphQLError INVALID_PAGE
 */
export function pageSize(args: PageArgs, fallback: Omit<PageSize, 'thenLast'>): PageSize {
  const first = checkedSize('first', args.first);
  const last = checkedSize('last', args.last);
  if (first !== null) return { limit: first, forward: true, thenLast: last };
  if (last !== null) return { limit: last, forward: false, thenLast: null };
  return { ...fallback, thenLast: null };
}

/** For journals, oldest first. Default: the newest items, or with only `after` the next ones. */
export function journalPageSize(args: PageArgs): PageSize {
  const forward = args.after != null && args.before == null;
  return pageSize(args, { limit: DEFAULT_PAGE, forward });
}

/** Checks a size. Null if none is given. @throws GraphQLError INVALID_PAGE */
export function checkedSize(name: string, size: number | null | undefined): number | null {
  if (size == null) return null;
  if (size < 0 || size > MAX_PAGE) {
    throw invalidPage(`"${name}" is ${size}: give a number from 0 to ${MAX_PAGE}, or leave it out`);
  }
  return size;
}

/** A page of a list, in the order of the list. */
interface Page<T> {
  readonly items: readonly T[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

/** The value of a connection field. */
export interface Connection<T> {
  readonly edges: { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** A connection that counts the whole list on request. */
export interface CountedConnection<T> extends Connection<T> {
  readonly totalCount: () => number;
}

/** Converts a page to a connection, and applies `last` if both `first` and `last` are given. */
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

/** Cursors of lists other than journals. They name the item, so they stay valid while other items come and go. */

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
 * The cost of a field without its subfields. 1 is the cost of a value that is already in memory, about a microsecond,
 * and the default.
 */
export interface Weight {
  readonly field: number;
  /** How many times the cost of its subfields counts. */
  readonly multiplier: number;
}

/** The cost of finding a page and each of its items: measured with 1,000 apps, and rounded up. */
interface Work {
  readonly page: number;
  readonly item: number;
  /** How many items a page has by default. */
  readonly fallback: number;
  /** How many items exist. */
  readonly most?: number;
}

/** The cost of a page of a connection. */
export function pageWeight({ first, last }: PageArgs, work: Work): Weight {
  const { page, item, fallback, most = MAX_PAGE } = work;
  const items = Math.max(0, Math.min(first ?? last ?? fallback, most, MAX_PAGE));
  return { field: page + item * items, multiplier: items };
}

/** The cost of a list without pages. */
export function listWeight(items: number, page = 1, item = 0): Weight {
  return { field: page + item * items, multiplier: items };
}
