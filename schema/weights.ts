import { MAX_PAGE, type PageArgs } from './paging.ts';

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
