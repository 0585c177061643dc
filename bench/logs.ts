import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeManyMarks } from './logs/many-marks.ts';
import { type Subject, startSubject } from './logs/orders.ts';
import { type Burst, type Other, startPm2, startSupervisord } from './logs/supervisors.ts';
import { cpuSeconds, median, percentile } from './support/measure.ts';
import { table } from './support/report.ts';

const LINES = 1_000_000;
const ROUNDS = 3;
const TICKS = 500;
const MB = 1024 * 1024;
const HERE = join(import.meta.dirname, 'logs');

/** The logs against a plain file, PM2 and supervisord, with the same program on the same machine. */
export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'toehold-bench-'));
  try {
    await compare(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compare(directory: string): Promise<void> {
  const printer = join(directory, 'printer');
  execFileSync('gcc', ['-O2', '-o', printer, join(HERE, 'printer.c')]);
  const others = (
    await Promise.all([start('pm2', startPm2(directory)), start('supervisord', startSupervisord(directory))])
  ).filter((other) => other !== null);

  say(`${ROUNDS} rounds of ${LINES.toLocaleString('en')} lines of 100 bytes; medians`);
  const files: number[] = [];
  const quiet: (Burst & { delay: number })[] = [];
  const read: Burst[] = [];
  const bursts = new Map<Other, Burst[]>(others.map((other) => [other, []]));
  const subject = await startSubject(directory);
  let runs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    files.push(await plainFile(directory, printer));
    quiet.push(await burst(subject, directory, printer, ++runs, false));
    read.push(await burst(subject, directory, printer, ++runs, true));
    for (const other of others) bursts.get(other)?.push(await other.burst(printer, LINES));
  }
  const waits = await subjectWaits(subject, directory, ++runs);
  const otherWaits = new Map<Other, number[]>();
  for (const other of others) otherWaits.set(other, await other.waits(join(HERE, 'ticker.mjs'), TICKS));
  for (const other of others) await other.end();

  say('filling up to 10 million lines');
  while (runs < 11) await burst(subject, directory, printer, ++runs, false);
  const page = (limit: number, fromRun: number | null, query = {}, times = 200) =>
    subject.ask({ type: 'page', limit, forward: fromRun !== null, fromRun, query, times });
  const last = (await page(100, null)).waits ?? [];
  // Three million lines before the end.
  const after = (await page(1_000, runs - 2)).waits ?? [];
  await subject.end();

  say('an app that prints 2 GB under a limit of 64 MB');
  const kept = await retention(join(directory, 'kept'), printer);
  say('three million marks of a line each');
  const many = await makeManyMarks(join(directory, 'many'), 3_000_000);

  const file = median(files);
  const cell = (values: readonly Burst[] | undefined, of: (burst: Burst) => number, digits = 2) =>
    values?.length ? median(values.map(of)).toFixed(digits) : '–';
  const pair = (values: readonly number[] | undefined) =>
    values?.length ? `${percentile(values, 0.5).toFixed(2)} / ${percentile(values, 0.99).toFixed(2)}` : '–';
  const wall = (burst: Burst) => burst.wall;
  const cpu = (burst: Burst) => burst.cpu;
  const row = (what: string, target: string, own: string, of: (other: Other) => string, plain = '') => [
    what,
    target,
    own,
    plain,
    ...others.map(of),
  ];
  const none = () => '';
  say('');
  say(
    table([
      ['what', 'to reach', 'Toehold', 'plain file', ...others.map((other) => other.name)],
      row(
        'wall time of the app, s',
        '',
        cell(quiet, wall, 3),
        (other) => cell(bursts.get(other), wall, 3),
        file.toFixed(3),
      ),
      row(
        '… against a plain file',
        '≤ 1.1',
        (median(quiet.map(wall)) / file).toFixed(2),
        (other) => (median((bursts.get(other) ?? []).map(wall)) / file).toFixed(2),
        '1',
      ),
      row('… Toehold against it', '≤ 0.5 (pm2)', '', (other) =>
        (median(quiet.map(wall)) / median((bursts.get(other) ?? []).map(wall))).toFixed(2),
      ),
      row('CPU for the burst, nobody reads, s', '≤ 0.15', cell(quiet, cpu, 3), (other) =>
        cell(bursts.get(other), cpu, 3),
      ),
      row('CPU, one subscriber reads it all, s', '≤ 1.5', cell(read, cpu, 3), none),
      row("a line's way to a subscriber, p50 / p99 ms", '≤ 1 / ≤ 5', pair(waits), (other) =>
        pair(otherWaits.get(other)),
      ),
      row('last 100 lines of 10 million, p50 / p99 ms', '≤ 0.5', two(last), none),
      row('1,000 after a cursor, p50 / p99 ms', '≤ 1', two(after), none),
      row(
        'event-loop delay in the burst, p99 ms',
        '≤ 10',
        median(quiet.map(({ delay }) => delay)).toFixed(1),
        none,
      ),
      row('disk at most, 2 GB printed, limit 64 MB', '≤ 80 MB', `${Math.ceil(kept.most / MB)} MB`, none),
      row('event-loop delay meanwhile, p99 / most, ms', '', two(kept.delay), none),
      row('first page of a rare word in 64 MB, ms', '≤ 300', kept.search.toFixed(0), none),
      row('event-loop delay meanwhile, p99 / most, ms', '≤ 20', two(kept.searchDelay), none),
      row('3 million marks: 100 at the end, ms', '≤ 10', many.end.toFixed(2), none),
      row('… in the middle, ms', '≤ 10', many.middle.toFixed(2), none),
      row('… by `since`, ms', '≤ 10', many.since.toFixed(2), none),
    ]),
  );
}

function say(text: string): void {
  console.log(text);
}

function two(values: readonly number[]): string {
  return values.map((value) => value.toFixed(2)).join(' / ');
}

async function start(name: string, other: Promise<Other | null>): Promise<Other | null> {
  const started = await other;
  if (!started) say(`${name} is not installed: left out`);
  return started;
}

async function print(printer: string, count: number, out: number, result: string): Promise<number> {
  const child = spawn(printer, [`${count}`, result], { stdio: ['ignore', out, 'ignore'] });
  closeSync(out);
  await once(child, 'exit');
  return Number(readFileSync(result, 'utf8'));
}

async function plainFile(directory: string, printer: string): Promise<number> {
  const path = join(directory, 'plain.log');
  const seconds = await print(printer, LINES, openSync(path, 'a'), join(directory, 'plain.result'));
  rmSync(path);
  return seconds;
}

function runFile(directory: string, run: number): number {
  const runDir = join(directory, 'runs', `${run}`);
  mkdirSync(runDir, { recursive: true });
  return openSync(join(runDir, 'stdout.log'), 'a', 0o600);
}

async function burst(subject: Subject, directory: string, printer: string, run: number, reader: boolean) {
  const out = runFile(directory, run);
  await subject.ask({ type: 'open', run });
  if (reader) await subject.ask({ type: 'subscribe', timed: false });
  await subject.ask({ type: 'watch-delay' });
  const before = cpuSeconds(subject.pid);
  const wall = await print(printer, LINES, out, join(directory, `${run}.result`));
  await subject.ask({ type: 'finish', run });
  while (reader && ((await subject.ask({ type: 'served' })).served ?? 0) < LINES);
  const cpu = cpuSeconds(subject.pid) - before;
  const [, delay = 0] = (await subject.ask({ type: 'delay' })).waits ?? [];
  if (reader) await subject.ask({ type: 'unsubscribe' });
  return { wall, cpu, delay };
}

async function subjectWaits(subject: Subject, directory: string, run: number): Promise<readonly number[]> {
  const out = runFile(directory, run);
  await subject.ask({ type: 'open', run });
  await subject.ask({ type: 'subscribe', timed: true });
  const child = spawn(process.execPath, [join(HERE, 'ticker.mjs'), `${TICKS}`], {
    stdio: ['ignore', out, 'ignore'],
  });
  closeSync(out);
  await once(child, 'exit');
  await subject.ask({ type: 'finish', run });
  while (((await subject.ask({ type: 'served' })).served ?? 0) < TICKS);
  return (await subject.ask({ type: 'unsubscribe' })).waits ?? [];
}

/** What retention keeps to, and a search in what it keeps. */
async function retention(directory: string, printer: string) {
  mkdirSync(directory);
  // The disk has what was printed so far, so that it has only this app's bytes to write.
  execFileSync('sync');
  const out = runFile(directory, 1);
  const subject = await startSubject(directory, 64 * MB);
  await subject.ask({ type: 'open', run: 1 });
  await subject.ask({ type: 'watch-delay' });
  let most = 0;
  const watch = setInterval(() => {
    const runDir = join(directory, 'runs', '1');
    const blocks = readdirSync(runDir).map((name) => statSync(join(runDir, name)).blocks);
    most = Math.max(
      most,
      blocks.reduce((sum, count) => sum + count * 512, 0),
    );
  }, 5);
  await print(printer, 20_000_000, out, join(directory, 'result'));
  clearInterval(watch);
  const [, ...delay] = (await subject.ask({ type: 'delay' })).waits ?? [];
  await subject.ask({ type: 'finish', run: 1 });
  const search = {
    type: 'page',
    limit: 100,
    forward: false,
    fromRun: null,
    query: { contains: 'nowhere' },
  } as const;
  await subject.ask({ ...search, times: 1 });
  await subject.ask({ type: 'watch-delay' });
  const [time = Number.NaN] = (await subject.ask({ ...search, times: 5 })).waits ?? [];
  const [, ...searchDelay] = (await subject.ask({ type: 'delay' })).waits ?? [];
  await subject.end();
  return { most, delay, search: time, searchDelay };
}
