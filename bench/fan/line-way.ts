import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { appName, command, freePorts, Stamps } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { percentile, until } from '../support/measure.ts';
import { startPeerReader } from '../support/peer-reader.ts';
import { startPm2 } from '../support/pm2.ts';
import { figure, type Row } from '../support/rows.ts';
import { startSubscribers } from '../support/subscribers.ts';
import { startToehold } from '../support/toehold.ts';
import { LINES_QUERY } from './deliveries.ts';

/** One every 10 ms. */
const LINES = 200;

/** Reads `LINES` lines, and returns how long each took, in milliseconds. */
type Reader = {
  readonly name: string;
  read(round: number): Promise<readonly number[]>;
  end(): Promise<void>;
};

/** From the app's write until a subscriber has the line, against the two ways to read from PM2. */
export async function lineWay(bench: Bench): Promise<readonly Row[]> {
  const toehold = await startToehold({ directory: bench.directory, apps: 1, command: bench.app });
  const { port: appPort } = (await toehold.app(appName(0))).port;
  const readers: Reader[] = [
    await subscribers('1 subscriber', toehold.port, toehold.token, appPort, 1),
    await subscribers('100 subscribers', toehold.port, toehold.token, appPort, 100),
  ];
  const pm2 = await startPm2(bench.directory);
  if (!pm2) bench.say('fan: pm2 is not on PATH: left out');
  else {
    const stamps = new Stamps(join(bench.directory, 'pm2.stamps'));
    const firstPort = await freePorts(1);
    const args = ['--stamps', stamps.path];
    await pm2.run('start', pm2.configure({ count: 1, app: bench.app, args, firstPort }));
    await stamps.next(1);
    for (const type of ['bus', 'logs'] as const) {
      const reader = await startPeerReader();
      await reader.ask({ type, command: pm2.command, home: pm2.home });
      // Neither says when it listens: it has received a line.
      await until(`the ${type} of PM2 is read`, async () => {
        await command(firstPort, 'tick 1');
        return (await reader.ask({ type: 'waits', count: 0 })).waits.length > 0;
      });
      await pause(200);
      await reader.ask({ type: 'waits', count: 0 });
      readers.push({
        name: type === 'bus' ? 'PM2 bus' : 'pm2 logs',
        async read() {
          const [, { waits }] = await Promise.all([
            command(firstPort, `tick ${LINES}`),
            reader.ask({ type: 'waits', count: LINES }),
          ]);
          return waits;
        },
        end: () => reader.end(),
      });
    }
  }

  const p50 = new Map(readers.map(({ name }) => [name, [] as number[]]));
  const p99 = new Map(readers.map(({ name }) => [name, [] as number[]]));
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const { name, read } of readers) {
      const waits = await read(round);
      p50.get(name)?.push(percentile(waits, 0.5));
      p99.get(name)?.push(percentile(waits, 0.99));
      bench.say(
        `fan: a line's way: ${name}: ${figure(percentile(waits, 0.5))} / ${figure(percentile(waits, 0.99))} ms`,
      );
    }
  }
  for (const reader of readers) await reader.end();
  await pm2?.end();
  await toehold.end();

  const row = (name: string, share: 'p50' | 'p99', most: number | null): Row => {
    const values = share === 'p50' ? p50 : p99;
    const of = (peer: string) => ({ name: peer, values: values.get(peer) ?? [] });
    return {
      benchmark: 'fan',
      what: `a line's way, ${name}: ${share}`,
      unit: 'ms',
      own: values.get(name) ?? [],
      peer: of('PM2 bus'),
      others: [of('pm2 logs')],
      target:
        most === null
          ? { kind: 'ratio', bound: 'most', value: 1 }
          : { kind: 'value', bound: 'most', value: most },
    };
  };
  return [
    row('1 subscriber', 'p50', null),
    row('1 subscriber', 'p99', null),
    row('100 subscribers', 'p50', 2.5),
    row('100 subscribers', 'p99', 9),
  ];
}

async function subscribers(
  name: string,
  port: number,
  token: string,
  appPort: number,
  count: number,
): Promise<Reader> {
  const clients = await startSubscribers();
  return {
    name,
    async read(round) {
      await clients.ask({ type: 'connect', how: 'ws', port, token, query: LINES_QUERY, count });
      await clients.ask({ type: 'time' });
      const mark = `MARK-way-${round}-${count}`;
      await clients.ask({ type: 'expect', mark });
      await command(appPort, `tick ${LINES}`);
      await command(appPort, `burst 1 1 ${mark}`);
      const { waits } = await clients.ask({ type: 'received' });
      await clients.ask({ type: 'close' });
      if (waits.length !== LINES * count)
        throw new Error(`${waits.length} of ${LINES * count} lines were received`);
      return waits;
    },
    end: () => clients.end(),
  };
}
