import { deliveries } from './fan/deliveries.ts';
import { events } from './fan/events.ts';
import { lineWay } from './fan/line-way.ts';
import { otherClients } from './fan/other-clients.ts';
import type { Bench } from './support/bench.ts';
import type { Row } from './support/rows.ts';

/** Many subscribers of logs and events. */
export async function fan(bench: Bench): Promise<readonly Row[]> {
  const rows = [...(await deliveries(bench))];
  if (bench.quick) return rows;
  rows.push(...(await events(bench)));
  rows.push(...(await lineWay(bench)));
  rows.push(...(await otherClients(bench)));
  return rows;
}
