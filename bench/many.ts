import { idle } from './many/idle.ts';
import { slowStart } from './many/slow-start.ts';
import type { Bench } from './support/bench.ts';
import type { Row } from './support/rows.ts';

/** What many apps, and slow ones, cost while nothing happens. */
export async function many(bench: Bench): Promise<readonly Row[]> {
  return [...(await idle(bench)), ...(await slowStart(bench))];
}
