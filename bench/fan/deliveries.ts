import { appName, command } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { residentMb, watchMemory } from '../support/measure.ts';
import { figure, type Row } from '../support/rows.ts';
import { startSubscribers } from '../support/subscribers.ts';
import type { Shape } from '../support/tail-server.ts';
import { startToehold } from '../support/toehold.ts';
import { startBare } from './bare.ts';

const LINES = 20_000;
const PER_WRITE = 100;
/** The lines of the round that warms up. */
const FEW = 2_000;
/** A round repeats the burst until about so many deliveries were made: a single one can be over in a tenth of a second. */
const DELIVERIES = 10_000_000;
/** A slow server gets fewer lines, so that a round takes about this many milliseconds at most. */
const LONGEST = 8_000;

export const LINES_QUERY = 'subscription { logs(last: 0) { ... on LogBatch { lines } } }';
const ENTRIES_QUERY =
  'subscription { logs(last: 0) { ... on LogBatch { entries { at stream text app { name } } } } }';

interface Case {
  readonly what: string;
  readonly how: 'ws' | 'sse';
  readonly shape: Shape;
  readonly subscribers: number;
  readonly target: number;
  /** How much the memory may grow over idle, in MB. */
  readonly memory: number | null;
  readonly quick: boolean;
}

const LINES_CASE = { what: 'lines', how: 'ws', shape: 'lines', target: 0.9 } as const;
const ENTRIES_CASE = { what: 'entries', how: 'ws', shape: 'entries', target: 0.8, memory: null } as const;
const CASES: readonly Case[] = [
  { ...LINES_CASE, subscribers: 100, memory: 60, quick: true },
  { ...LINES_CASE, subscribers: 1_000, memory: 150, quick: false },
  { ...ENTRIES_CASE, subscribers: 100, quick: true },
  { ...ENTRIES_CASE, subscribers: 1_000, quick: false },
  {
    ...LINES_CASE,
    what: 'lines by SSE',
    how: 'sse',
    subscribers: 100,
    target: 0.6,
    memory: null,
    quick: true,
  },
];

/** A burst of one app to many subscribers, against a bare server that tails the same output. */
export async function deliveries(bench: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const one of CASES) if (!bench.quick || one.quick) rows.push(...(await measure(bench, one)));
  return rows;
}

async function measure(bench: Bench, one: Case): Promise<readonly Row[]> {
  const toehold = await startToehold({ directory: bench.directory, apps: 1, command: bench.app });
  const idle = residentMb(toehold.pid);
  const { port: appPort } = (await toehold.app(appName(0))).port;
  const bare = await startBare(bench, one.shape);
  const query = one.shape === 'lines' ? LINES_QUERY : ENTRIES_QUERY;
  const name = `${one.what}, ${one.subscribers.toLocaleString('en')} subscribers`;
  const ours = { ...one, query, port: toehold.port, token: toehold.token, appPort };
  const theirs = { ...one, query, port: bare.port, token: '', appPort: bare.appPort };
  const own: number[] = [];
  const ceiling: number[] = [];
  const grown: number[] = [];

  await deliver({ ...theirs, lines: FEW, bursts: 3, round: 0 });
  const warm = await deliver({ ...ours, lines: FEW, bursts: 3, round: 0 });
  const lines = Math.max(FEW, Math.min(LINES, Math.floor((warm * LONGEST) / one.subscribers) * 1_000));
  if (lines < LINES) bench.say(`fan: ${name}: only ${lines} lines in each round, because the server is slow`);
  const enough = Math.ceil(DELIVERIES / (LINES * one.subscribers));
  const size = { lines, bursts: lines < LINES ? 1 : enough };
  for (let round = 1; round <= bench.rounds; round += 1) {
    const memory = watchMemory(toehold.pid);
    own.push(await deliver({ ...ours, ...size, round }));
    grown.push(memory() - idle);
    ceiling.push(await deliver({ ...theirs, ...size, round }));
    bench.say(
      `fan: ${name}: ${figure(own.at(-1))} M/s and ${figure(grown.at(-1))} MB, bare ${figure(ceiling.at(-1))} M/s`,
    );
  }
  await bare.end();
  await toehold.end();

  const rows: Row[] = [
    {
      benchmark: 'fan',
      what: name,
      unit: 'M deliveries/s',
      own,
      peer: { name: one.how === 'ws' ? 'bare ws' : 'node:http', values: ceiling },
      target: { kind: 'ratio', bound: 'least', value: one.target },
    },
  ];
  if (one.memory !== null) {
    const target = { kind: 'value', bound: 'most', value: one.memory } as const;
    rows.push({
      benchmark: 'fan',
      what: `${name}: memory over idle`,
      unit: 'MB',
      own: grown,
      peer: null,
      target,
    });
  }
  return rows;
}

interface Delivery {
  readonly how: 'ws' | 'sse';
  readonly port: number;
  readonly token: string;
  readonly query: string;
  readonly subscribers: number;
  readonly appPort: number;
  readonly lines: number;
  /** One after another, each when all have the one before. */
  readonly bursts: number;
  readonly round: number;
}

/** Millions of deliveries a second, from the app's first write until the last subscriber has the last line. */
async function deliver({ subscribers, appPort, lines, bursts, round, ...order }: Delivery): Promise<number> {
  const { how, port, token, query } = order;
  const clients = await startSubscribers();
  let time = 0;
  try {
    await clients.ask({ type: 'connect', how, port, token, query, count: subscribers });
    for (let burst = 0; burst < bursts; burst += 1) {
      const mark = `MARK-${round}-${burst}-${subscribers}`;
      await clients.ask({ type: 'expect', mark });
      const [{ begin }, { at, fewest }] = await Promise.all([
        command(appPort, `burst ${lines} ${PER_WRITE} ${mark}`),
        clients.ask({ type: 'received' }),
      ]);
      if (fewest < lines * 100)
        throw new Error(`A subscriber received only ${fewest} bytes of ${lines} lines`);
      time += at - begin;
    }
    return (lines * subscribers * bursts) / time / 1_000;
  } finally {
    await clients.end();
  }
}
