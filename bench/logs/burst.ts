import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { appName, command, freePorts, Stamps } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { cpuSeconds, now, residentMb, until, watchMemory } from '../support/measure.ts';
import { startPm2 } from '../support/pm2.ts';
import { figure, type Row } from '../support/rows.ts';
import { startSubscribers } from '../support/subscribers.ts';
import { startSupervisord } from '../support/supervisord.ts';
import { startToehold, type Toehold } from '../support/toehold.ts';

const LINES = 1_000_000;

/** A million lines, a write each: the supervisor's processor time while nobody watches, and what one subscriber costs then. */
export async function burst(bench: Bench): Promise<readonly Row[]> {
  const flags = ['--log-retention', '2GB'];
  const toehold = await startToehold({ directory: bench.directory, apps: 1, command: bench.app, flags });
  const idle = residentMb(toehold.pid);
  const { port } = (await toehold.app(appName(0))).port;
  const stamps = new Stamps(join(bench.directory, 'burst.stamps'));
  const peers = { count: 1, app: bench.app, args: ['--stamps', stamps.path] };
  const pm2 = await startPm2(bench.directory);
  const pm2Port = await freePorts(1);
  if (pm2) {
    await pm2.run('start', pm2.configure({ ...peers, firstPort: pm2Port }));
    await stamps.next(1);
  }
  const supervisordPort = await freePorts(1);
  const supervisord = await startSupervisord(bench.directory, { ...peers, firstPort: supervisordPort });
  if (supervisord) {
    await supervisord.run('start', appName(0));
    await stamps.next(1);
  }

  const values = { own: [] as number[], pm2: [] as number[], supervisord: [] as number[] };
  const reads: Read[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    const after = await lastCursor(toehold);
    const mark = `MARK-burst-${round}`;
    values.own.push(
      await cpuOf(toehold.pid, async () => {
        await command(port, `burst ${LINES} 1 ${mark}`);
        await until('the last line is committed', () => isLast(toehold, mark), 60_000, 100);
      }),
    );
    reads.push(await readWhole(toehold, after, mark, idle));
    if (pm2) values.pm2.push(await cpuOf(pm2.pid, () => written(pm2Port, mark, pm2.log(0))));
    if (supervisord) {
      const { pid } = supervisord;
      values.supervisord.push(await cpuOf(pid, () => written(supervisordPort, mark, supervisord.log(0))));
    }
    const last = Object.entries(values).map(([name, all]) => `${name} ${figure(all.at(-1))}`);
    const { cpu, wall, memory } = reads.at(-1) ?? { cpu: 0, wall: 0, memory: 0 };
    bench.say(`logs: a million lines, CPU s: ${last.join(', ')}`);
    bench.say(`logs: … read whole: CPU ${figure(cpu)} s in ${figure(wall)} s, ${figure(memory)} MB`);
  }
  await supervisord?.end();
  await pm2?.run('delete', 'all');
  await pm2?.end();
  await toehold.end();

  const read = (what: string, unit: string, own: readonly number[], value: number | null): Row => ({
    benchmark: 'logs',
    what: `… read whole by one GraphQL subscriber: ${what}`,
    unit,
    own,
    peer: null,
    target: value === null ? null : { kind: 'value', bound: 'most', value },
  });
  return [
    {
      benchmark: 'logs',
      what: '1,000,000 lines with nobody watching: CPU of the supervisor',
      unit: 's',
      own: values.own,
      peer: { name: 'supervisord', values: values.supervisord },
      others: [{ name: 'PM2', values: values.pm2 }],
      target: { kind: 'value', bound: 'most', value: 0.1 },
    },
    read(
      'CPU of the server',
      's',
      reads.map(({ cpu }) => cpu),
      0.6,
    ),
    read(
      'from the subscription to the last line',
      's',
      reads.map(({ wall }) => wall),
      null,
    ),
    read(
      'memory over idle',
      'MB',
      reads.map(({ memory }) => memory),
      60,
    ),
  ];
}

async function cpuOf(pid: number, work: () => Promise<unknown>): Promise<number> {
  const before = cpuSeconds(pid);
  await work();
  return cpuSeconds(pid) - before;
}

/** PM2 and supervisord copy the lines to a file of their own. */
async function written(port: number, mark: string, log: string): Promise<void> {
  const before = existsSync(log) ? statSync(log).size : 0;
  await command(port, `burst ${LINES} 1 ${mark}`);
  const end = before + LINES * 100 + mark.length + 1;
  await until('all lines are written', () => statSync(log).size >= end, 60_000, 100);
}

interface Read {
  readonly cpu: number;
  readonly wall: number;
  readonly memory: number;
}

async function readWhole(toehold: Toehold, after: string, mark: string, idle: number): Promise<Read> {
  const clients = await startSubscribers();
  const { port, token, pid } = toehold;
  const query = `subscription { logs(after: "${after}") { ... on LogBatch { lines } } }`;
  const memory = watchMemory(pid);
  const before = cpuSeconds(pid);
  const begin = now();
  await clients.ask({ type: 'connect', how: 'ws', port, token, query, count: 1, mark });
  const { at, fewest } = await clients.ask({ type: 'received' });
  const read = { cpu: cpuSeconds(pid) - before, wall: (at - begin) / 1_000, memory: memory() - idle };
  await clients.end();
  if (fewest < LINES * 90) throw new Error(`The subscriber received only ${fewest} bytes`);
  return read;
}

interface Tail {
  readonly logs: {
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly text: string } }[];
  };
}

function tail(toehold: Toehold): Promise<Tail> {
  return toehold.ask<Tail>('{ logs(last: 1) { edges { cursor node { text } } } }');
}

async function lastCursor(toehold: Toehold): Promise<string> {
  return (await tail(toehold)).logs.edges[0]?.cursor ?? '';
}

async function isLast(toehold: Toehold, mark: string): Promise<boolean> {
  return (await tail(toehold)).logs.edges[0]?.node.text === mark;
}
