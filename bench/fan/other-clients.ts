import { appName, command } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { residentMb, watchMemory } from '../support/measure.ts';
import { startRequests } from '../support/requests.ts';
import { figure, type Row } from '../support/rows.ts';
import { startSubscribers } from '../support/subscribers.ts';
import { startToehold } from '../support/toehold.ts';
import { LINES_QUERY } from './deliveries.ts';

const SUBSCRIBERS = 200;
const PER_SECOND = 10_000;
const SECONDS = 4;

/** How long another client waits for a small answer while many sockets follow a fast log. */
export async function otherClients(bench: Bench): Promise<readonly Row[]> {
  const toehold = await startToehold({ directory: bench.directory, apps: 1, command: bench.app });
  const idle = residentMb(toehold.pid);
  const { port: appPort } = (await toehold.app(appName(0))).port;
  const subscribers = await startSubscribers();
  const requests = await startRequests();
  const { port, token } = toehold;
  await subscribers.ask({ type: 'connect', how: 'ws', port, token, query: LINES_QUERY, count: SUBSCRIBERS });
  const p50: number[] = [];
  const most: number[] = [];
  const grown: number[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    const mark = `MARK-others-${round}`;
    await subscribers.ask({ type: 'expect', mark });
    const memory = watchMemory(toehold.pid);
    const [answers] = await Promise.all([
      requests.ask({
        type: 'sample',
        port,
        tokens: [token],
        query: '{ supervisor { version } }',
        milliseconds: SECONDS * 1_000,
        pause: 20,
      }),
      command(appPort, `pace ${PER_SECOND} ${SECONDS * 1_000} ${mark}`),
    ]);
    await subscribers.ask({ type: 'received' });
    grown.push(memory() - idle);
    p50.push(answers.p50);
    most.push(answers.most);
    bench.say(`fan: other clients: ${figure(answers.p50)} ms, at most ${figure(answers.most)} ms`);
  }
  await subscribers.end();
  await requests.end();
  await toehold.end();
  const row = (what: string, unit: string, own: readonly number[], value: number): Row => ({
    benchmark: 'fan',
    what: `another client while ${SUBSCRIBERS} sockets follow 10,000 lines/s: ${what}`,
    unit,
    own,
    peer: null,
    target: { kind: 'value', bound: 'most', value },
  });
  return [
    row('median', 'ms', p50, 20),
    row('longest', 'ms', most, 100),
    row('memory over idle', 'MB', grown, 100),
  ];
}
