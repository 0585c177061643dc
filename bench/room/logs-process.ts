// The logs room in a process of its own, steered by messages: spools, marks, and pages, and nothing else of the server.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openDatabase } from '../../db/client.ts';
import { createMarkStore } from '../../db/stores/marks.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { Logs } from '../../src/logs/index.ts';
import { answerOrders } from '../support/child.ts';
import { now } from '../support/measure.ts';

export type Order =
  | { readonly type: 'open'; readonly directory: string; readonly bytesPerApp: number | null }
  | { readonly type: 'begin' | 'finish'; readonly run: number }
  /** Reads pages of 100 lines, before the end or after a place in a run. */
  | {
      readonly type: 'pages';
      readonly fromRun: number | null;
      readonly contains?: string;
      readonly times: number;
    };

export interface Answer {
  /** Milliseconds, one for each page. */
  readonly times: readonly number[];
  /** The longest delay of the event loop since the order before, in milliseconds. */
  readonly delay: number;
}

const LIMIT = 100;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let logs: Logs | null = null;
let runsDir = '';

function open(directory: string, bytesPerApp: number | null): void {
  runsDir = join(directory, 'runs');
  mkdirSync(runsDir, { recursive: true });
  logs = new Logs({
    marks: createMarkStore(openDatabase(join(directory, 'toehold.db'))),
    runsDir,
    clock: createSystemClock(),
    console: () => {},
    retention: { bytesPerApp: bytesPerApp ?? Number.POSITIVE_INFINITY },
  });
}

async function pages({
  fromRun,
  contains,
  times,
}: Extract<Order, { type: 'pages' }>): Promise<readonly number[]> {
  if (!logs) throw new Error('The logs are not open');
  const { reader } = logs;
  const request = { after: null, before: null, limit: LIMIT, forward: fromRun !== null };
  const first =
    fromRun === null ? null : await reader.page({ apps: [1], run: fromRun, streams: ['STDOUT'] }, request);
  const after = first?.entries.at(-1)?.position ?? null;
  const query = { apps: [1], ...(contains === undefined ? {} : { contains }) };
  const measured: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const begin = now();
    await reader.page(query, { ...request, after });
    measured.push(now() - begin);
  }
  return measured;
}

answerOrders<Order, Answer>(async (order) => {
  delay.reset();
  let times: readonly number[] = [];
  if (order.type === 'open') open(order.directory, order.bytesPerApp);
  else if (order.type === 'pages') times = await pages(order);
  else if (order.type === 'begin') {
    const handle = { kind: 'files', directory: join(runsDir, `${order.run}`) } as const;
    logs?.runLogs.open({ id: order.run, app: 1, appName: 'app' }, handle);
  } else {
    await logs?.runLogs.finish(order.run);
    await logs?.settled();
  }
  return { times, delay: delay.max / 1e6 };
});
