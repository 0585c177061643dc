import type { LogQuery } from '../../contracts/logs.ts';
import type { Mark } from '../../contracts/marks.ts';

/** A query's conditions on what marks and lines say. */
export interface Matcher {
  /** By the mark's time; apps, run and streams are the store's to choose. */
  mark(mark: Mark): boolean;
  /** Whether these bytes can hold a line that matches. */
  bytes(bytes: Buffer): boolean;
  text(text: string): boolean;
}

export function createMatcher(query: LogQuery): Matcher {
  const { contains, since, until } = query;
  // U+FFFD may stand for any byte: no search in bytes finds it.
  const needle = contains && !contains.includes('\ufffd') ? Buffer.from(contains) : null;
  return {
    mark: (mark) => (since === undefined || mark.at >= since) && (until === undefined || mark.at <= until),
    bytes: (bytes) => needle === null || bytes.includes(needle),
    text: (text) => !contains || text.includes(contains),
  };
}
