import { burst } from './logs/burst.ts';
import { chatty } from './logs/chatty.ts';
import type { Bench } from './support/bench.ts';
import type { Row } from './support/rows.ts';

/** What logs cost while nobody watches, and while one client reads everything. */
export async function logs(bench: Bench): Promise<readonly Row[]> {
  return [...(await burst(bench)), ...(await chatty(bench))];
}
