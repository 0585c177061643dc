import { live } from './recover/live.ts';
import { perApp } from './recover/per-app.ts';
import type { Bench } from './support/bench.ts';
import type { Row } from './support/rows.ts';

/** The start after a kill. */
export async function recover(bench: Bench): Promise<readonly Row[]> {
  return [...(await live(bench)), ...(await perApp(bench))];
}
