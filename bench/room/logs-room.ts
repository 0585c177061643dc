import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../support/bench.ts';
import { type Child, startChild } from '../support/child.ts';
import { percentile } from '../support/measure.ts';
import type { Row } from '../support/rows.ts';
import type { Answer, Order } from './logs-process.ts';
import { makeManyMarks } from './many-marks.ts';

const MB = 1024 * 1024;
const RUNS = 10;
const LINES = 1_000_000;
/** Two GB. */
const MOST_LINES = 20_000_000;
const KEPT = 64 * MB;

/** Ten million lines, two gigabytes, and three million marks: what the room of the logs does with more than a benchmark of the server can make. */
export async function logsRoom(bench: Bench): Promise<readonly Row[]> {
  return [...(await pages(bench)), ...(await retention(bench)), ...(await marks(bench))];
}

function row(what: string, unit: string, own: readonly number[], value: number): Row {
  const target = { kind: 'value', bound: 'most', value } as const;
  return { benchmark: 'logs room', what, unit, own, peer: null, target };
}

async function startLogs(bench: Bench, name: string, bytesPerApp: number | null) {
  const directory = join(bench.directory, name);
  mkdirSync(join(directory, 'runs'), { recursive: true });
  const logs: Child<Order, Answer> = await startChild('../room/logs-process.ts');
  await logs.ask({ type: 'open', directory, bytesPerApp });
  return { directory, logs };
}

/** A run that prints so many lines, with the room watching. */
async function print(
  bench: Bench,
  directory: string,
  logs: Child<Order, Answer>,
  run: number,
  lines: number,
) {
  const runDir = join(directory, 'runs', `${run}`);
  mkdirSync(runDir);
  const out = openSync(join(runDir, 'stdout.log'), 'a', 0o600);
  await logs.ask({ type: 'begin', run });
  const child = spawn(bench.app, ['--print', `${lines}`], { stdio: ['ignore', out, 'inherit'] });
  closeSync(out);
  await once(child, 'exit');
  return (await logs.ask({ type: 'finish', run })).delay;
}

async function pages(bench: Bench): Promise<readonly Row[]> {
  bench.say('logs room: ten million lines');
  const { directory, logs } = await startLogs(bench, 'pages', null);
  for (let run = 1; run <= RUNS; run += 1) await print(bench, directory, logs, run, LINES);
  const last = await logs.ask({ type: 'pages', fromRun: null, times: 200 });
  const after = await logs.ask({ type: 'pages', fromRun: RUNS - 2, times: 200 });
  await logs.end();
  rmSync(directory, { recursive: true });
  return [
    row('last 100 lines of 10 million', 'ms', last.times, 0.5),
    row('100 lines after a cursor in the middle', 'ms', after.times, 1),
    row('… 99th percentile', 'ms', [percentile(after.times, 0.99)], 5),
  ];
}

/** An app that prints much more than is kept, and a search in what is kept. */
async function retention(bench: Bench): Promise<readonly Row[]> {
  bench.say('logs room: 2 GB, of which 64 MB are kept');
  const { directory, logs } = await startLogs(bench, 'retention', KEPT);
  const runDir = join(directory, 'runs', '1');
  let most = 0;
  const timer = setInterval(() => {
    const names = readdirSync(runDir);
    most = Math.max(
      most,
      names.reduce((sum, name) => sum + statSync(join(runDir, name)).blocks * 512, 0),
    );
  }, 5);
  await print(bench, directory, logs, 1, MOST_LINES);
  clearInterval(timer);
  await logs.ask({ type: 'pages', fromRun: null, contains: 'nowhere', times: 1 });
  const search = await logs.ask({ type: 'pages', fromRun: null, contains: 'nowhere', times: 5 });
  await logs.end();
  rmSync(directory, { recursive: true });
  return [
    row('disk at most, 2 GB printed, 64 MB kept', 'MB', [most / MB], 80),
    row('first page of a rare word in 64 MB', 'ms', search.times, 300),
    row('… longest delay of the event loop', 'ms', [search.delay], 20),
  ];
}

async function marks(bench: Bench): Promise<readonly Row[]> {
  bench.say('logs room: three million marks');
  const { end, middle, since } = await makeManyMarks(join(bench.directory, 'marks'), 3_000_000);
  return [
    row('3 million marks: 100 lines at the end', 'ms', [end], 10),
    row('… in the middle', 'ms', [middle], 10),
    row('… by `since`', 'ms', [since], 10),
  ];
}
