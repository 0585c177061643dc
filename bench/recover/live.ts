import { freePorts } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { now, until } from '../support/measure.ts';
import { figure, type Row } from '../support/rows.ts';
import { startToehold, type Toehold } from '../support/toehold.ts';

const APPS = 100;

/** After a kill -9, from the next start until all apps that lived on are RUNNING again. */
export async function live(bench: Bench): Promise<readonly Row[]> {
  const times: number[] = [];
  const toehold = await startToehold({ directory: bench.directory, apps: APPS, command: bench.app });
  const before = await processes(toehold);
  const port = await freePorts(1);
  for (let round = 0; round <= bench.rounds; round += 1) {
    await toehold.kill();
    const begin = now();
    await toehold.start(port);
    await until('all apps are RUNNING', async () => (await processes(toehold)).length === APPS);
    times.push(now() - begin);
    if (String(await processes(toehold)) !== String(before)) throw new Error('An app was started again');
    bench.say(`recover: ${figure(times.at(-1))} ms`);
  }
  await toehold.end();
  return [
    {
      benchmark: 'recover',
      what: '`kill -9` with 100 live runs: next start → all RUNNING',
      unit: 'ms',
      own: times.slice(1),
      peer: null,
      target: { kind: 'value', bound: 'most', value: 700 },
    },
  ];
}

/** The process ids of the apps that are RUNNING. */
async function processes(toehold: Toehold): Promise<readonly number[]> {
  const query = '{ apps(filter: { states: [RUNNING] }) { nodes { run { pid } } } }';
  const { apps } = await toehold.ask<{ apps: { nodes: { run: { pid: number } }[] } }>(query);
  return apps.nodes.map(({ run }) => run.pid);
}
