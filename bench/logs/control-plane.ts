// The logs in a process of their own, steered by messages: what a control plane does, and nothing else.
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openDatabase } from '../../db/client.ts';
import { createMarkStore } from '../../db/stores/marks.ts';
import type { LogPageRequest } from '../../src/contracts/logs.ts';
import type { LogPosition } from '../../src/core/cursor.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { Logs } from '../../src/logs/index.ts';
import { percentile } from '../support/measure.ts';
import type { Answer, Order } from './orders.ts';

const directory = process.argv[2] ?? '.';
const bytesPerApp = Number(process.argv[3] ?? Number.POSITIVE_INFINITY);
const runsDir = join(directory, 'runs');
const marks = createMarkStore(openDatabase(join(directory, 'toehold.db')));
const logs = new Logs({
  marks,
  runsDir,
  clock: createSystemClock(),
  console: () => {},
  retention: { bytesPerApp },
});
const delay = monitorEventLoopDelay({ resolution: 1 });

/** The subscriber: reads on from its position whenever there is more. */
let stop = () => {};
let served = 0;
let waits: number[] = [];
function subscribe(timed: boolean): void {
  let position = logs.reader.end();
  let reading = false;
  async function readOn(): Promise<void> {
    if (reading) return;
    reading = true;
    for (let atEnd = false; !atEnd; ) {
      const read = await logs.reader.follow({ apps: null }, position, 1_000);
      const lines = read.items.flatMap((item) => ('entry' in item ? [item.entry.text] : []));
      served += lines.length;
      if (timed) for (const line of lines) waits.push(Number(process.hrtime.bigint() - BigInt(line)) / 1e6);
      ({ position, atEnd } = read);
    }
    reading = false;
  }
  stop = logs.reader.onMore(() => void readOn());
}

async function time(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  return times;
}

/** The 100th line of a run. Nothing is counted: lists of millions of lines would be in the way of what is measured. */
async function lineOf(run: number): Promise<LogPosition | null> {
  const request = { after: null, before: null, limit: 100, forward: true };
  const { entries } = await logs.reader.page({ apps: [1], run, streams: ['STDOUT'] }, request);
  return entries.at(-1)?.position ?? null;
}

async function carryOut(order: Order): Promise<Answer> {
  switch (order.type) {
    case 'open':
      logs.runLogs.open(
        { id: order.run, app: 1, appName: 'app' },
        { kind: 'files', directory: join(runsDir, `${order.run}`) },
      );
      return {};
    case 'subscribe':
      served = 0;
      waits = [];
      subscribe(order.timed);
      return {};
    case 'unsubscribe':
      stop();
      return { served, waits };
    case 'served':
      return { served };
    case 'finish':
      await logs.runLogs.finish(order.run);
      await logs.settled();
      return { served };
    case 'watch-delay':
      delay.reset();
      delay.enable();
      return {};
    case 'delay':
      delay.disable();
      return { waits: [delay.percentile(50) / 1e6, delay.percentile(99) / 1e6, delay.max / 1e6] };
    case 'page': {
      const request: LogPageRequest = {
        after: null,
        before: null,
        limit: order.limit,
        forward: order.forward,
      };
      const after = order.fromRun === null ? null : await lineOf(order.fromRun);
      const query = { apps: [1], ...order.query };
      const times = await time(order.times, () => logs.reader.page(query, { ...request, after }));
      return { waits: [percentile(times, 0.5), percentile(times, 0.99)] };
    }
  }
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
