import { appName } from './support/apps.ts';
import type { Bench } from './support/bench.ts';
import { startBytesServer } from './support/bytes-server.ts';
import { startRequests } from './support/requests.ts';
import type { Row } from './support/rows.ts';
import { startToehold, type Toehold } from './support/toehold.ts';

const APPS = 100;
const CONNECTIONS = 16;
const APPS_QUERY = '{ apps { nodes { name state port { port } } } }';

/** Queries against `node:http` that sends the same bytes. Each connection has a token of its own, because a token has a rate limit. */
export async function query(bench: Bench): Promise<readonly Row[]> {
  const toehold = await startToehold({ directory: bench.directory, apps: APPS, command: bench.app });
  try {
    const tokens = await toehold.tokens(CONNECTIONS);
    return [
      await repeated(bench, toehold, tokens, { what: '100 apps, repeated', query: APPS_QUERY, target: 0.7 }),
      await changing(bench, toehold, tokens),
      await repeated(bench, toehold, tokens, {
        what: '{ __typename }',
        query: '{ __typename }',
        target: 0.5,
      }),
    ];
  } finally {
    await toehold.end();
  }
}

interface Repeated {
  readonly what: string;
  readonly query: string;
  readonly target: number;
}

async function repeated(
  bench: Bench,
  toehold: Toehold,
  tokens: readonly string[],
  { what, query, target }: Repeated,
): Promise<Row> {
  const { own, ceiling } = await interleaved(bench, toehold, query, async (clients, port, name) => {
    const milliseconds = bench.quick ? 500 : 2_000;
    const { perSecond } = await clients.ask({ type: 'load', port, tokens, query, milliseconds });
    bench.say(`query: ${what}: ${name} ${Math.round(perSecond)}/s`);
    return perSecond;
  });
  return row(what, own, ceiling, target);
}

/** The answer differs between any two requests: an app that is stopped gets another port. The change itself is not timed. */
async function changing(bench: Bench, toehold: Toehold, tokens: readonly string[]): Promise<Row> {
  const name = appName(0);
  await toehold.ask(`mutation { stopApp(input: { app: { name: "${name}" }, wait: true }) { __typename } }`);
  const last = (await toehold.app(appName(APPS - 1))).port.port;
  const changes = [last + 1, last + 2].map(
    (port) => `mutation { assignPort(input: { app: { name: "${name}" }, port: ${port} }) { __typename } }`,
  );
  const { own, ceiling } = await interleaved(bench, toehold, APPS_QUERY, async (clients, port, who) => {
    const { perSecond } = await clients.ask({
      type: 'alternate',
      port,
      tokens,
      query: APPS_QUERY,
      changes: who === 'Toehold' ? changes : [],
      count: bench.quick ? 40 : 100,
    });
    bench.say(`query: changing: ${who} ${Math.round(perSecond)}/s`);
    return perSecond;
  });
  return row('100 apps, changed before each request, one at a time', own, ceiling, 0.15);
}

type Requests = Awaited<ReturnType<typeof startRequests>>;

async function interleaved(
  bench: Bench,
  toehold: Toehold,
  query: string,
  measure: (clients: Requests, port: number, who: 'Toehold' | 'node:http') => Promise<number>,
) {
  const bare = await startBytesServer();
  const clients = await startRequests();
  const { port } = await bare.ask({ text: JSON.stringify({ data: await toehold.ask(query) }) });
  const own: number[] = [];
  const ceiling: number[] = [];
  // The first round warms up.
  for (let round = 0; round <= bench.rounds; round += 1) {
    own.push(await measure(clients, toehold.port, 'Toehold'));
    ceiling.push(await measure(clients, port, 'node:http'));
  }
  await clients.end();
  await bare.end();
  return { own: own.slice(1), ceiling: ceiling.slice(1) };
}

function row(what: string, own: readonly number[], ceiling: readonly number[], target: number): Row {
  return {
    benchmark: 'query',
    what,
    unit: 'requests/s',
    own,
    peer: { name: 'node:http', values: ceiling },
    target: { kind: 'ratio', bound: 'least', value: target },
  };
}
