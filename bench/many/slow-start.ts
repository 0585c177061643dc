import { join } from 'node:path';
import { appName, Stamps } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { cpuSeconds, median, now, until } from '../support/measure.ts';
import { figure, type Row } from '../support/rows.ts';
import { makeToehold, type Toehold } from '../support/toehold.ts';

/** How long the app takes until it listens, in milliseconds. */
const DELAY = 60_000;
/** What follows the server's own start is over after this time, in milliseconds. */
const SETTLE = 10_000;

/** One app that takes a minute to listen, on as many servers at the same time as there are rounds. */
export async function slowStart(bench: Bench): Promise<readonly Row[]> {
  bench.say(`many: ${bench.rounds} servers with an app that takes a minute`);
  const results = await Promise.all(Array.from({ length: bench.rounds }, (_, round) => one(bench, round)));
  const cpu = results.map((result) => result.cpu);
  const late = results.map((result) => result.late);
  bench.say(`many: CPU ${figure(median(cpu))} %, RUNNING ${figure(median(late))} ms after it listens`);
  const row = (what: string, unit: string, own: readonly number[], value: number): Row => ({
    benchmark: 'many',
    what: `an app that takes a minute to listen: ${what}`,
    unit,
    own,
    peer: null,
    target: { kind: 'value', bound: 'most', value },
  });
  return [row('CPU of the server meanwhile', '%', cpu, 1), row('it listens → RUNNING', 'ms', late, 30)];
}

async function one(bench: Bench, round: number): Promise<{ readonly cpu: number; readonly late: number }> {
  const stamps = new Stamps(join(bench.directory, `slow-${round}.stamps`));
  const command = `${bench.app} --stamps ${stamps.path} --delay ${DELAY}`;
  const flags = ['--startup-timeout', '5m'];
  const toehold = await makeToehold({ directory: bench.directory, apps: 1, command, flags });
  try {
    await toehold.start();
    const began = now();
    await until('the start is over', () => now() > began + SETTLE, 2 * SETTLE, 500);
    const before = cpuSeconds(toehold.pid);
    const from = now();
    await until('the app is about to listen', () => now() > began + DELAY - 2_000, 2 * DELAY, 500);
    const cpu = ((cpuSeconds(toehold.pid) - before) / ((now() - from) / 1_000)) * 100;
    const [listens = Number.NaN] = await stamps.next(1);
    await toehold.allRun();
    return { cpu, late: (await runningSince(toehold)) - listens };
  } finally {
    await toehold.end();
  }
}

/** When the app became RUNNING, by the journal, in milliseconds of the monotonic clock. */
async function runningSince(toehold: Toehold): Promise<number> {
  const query = `{ events(last: 20) { nodes { at ... on AppStateChangedEvent { appName to } } } }`;
  const { events } = await toehold.ask<{
    events: { nodes: { at: string; appName?: string; to?: string }[] };
  }>(query);
  const event = events.nodes.findLast(({ appName: name, to }) => name === appName(0) && to === 'RUNNING');
  if (!event) throw new Error('The journal does not say when the app became RUNNING');
  return Date.parse(event.at) - (Date.now() - now());
}
