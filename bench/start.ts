import { boot } from './start/boot.ts';
import { listApps } from './start/list-apps.ts';
import { manyApps } from './start/many-apps.ts';
import { oneApp } from './start/one-app.ts';
import type { Bench } from './support/bench.ts';
import type { Row } from './support/rows.ts';

/** How soon apps, commands, and the server are there. */
export async function start(bench: Bench): Promise<readonly Row[]> {
  const rows = [...(await boot(bench))];
  if (bench.quick) return rows;
  rows.push(...(await oneApp(bench)));
  rows.push(...(await listApps(bench)));
  rows.push(...(await manyApps(bench)));
  return rows;
}
