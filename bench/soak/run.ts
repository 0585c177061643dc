// npm run soak -- 10m: runs many things again and again, draws what the server uses, and fails if anything grows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { compileApp } from '../support/apps.ts';
import { now } from '../support/measure.ts';
import { build, makeToehold, type Toehold } from '../support/toehold.ts';
import { startVisitors } from '../support/visitors.ts';
import { giveCommands, makeReleases } from './commands.ts';
import { MEASURES, type Measure, type Sample, takeSample } from './samples.ts';
import { judge } from './slope.ts';

const APPS = 50;
const SUBSCRIBERS = 50;
/** Apps from here on crash, again and again. */
const CRASHING = 40;
/** The last apps have two releases each. */
const RELEASED = [36, 37, 38, 39];
const CALM = Array.from({ length: 36 }, (_, index) => index);
const SAMPLE_INTERVAL = 3_000;
/** Caches fill and retention begins to work in this time. Later, everything must be flat. */
const WARM_UP = 120_000;

const FLAGS = ['--log-retention', '64KB', '--run-retention', '2', '--restart-delays', '1s'];

async function main(): Promise<number> {
  const minutes = Number(/^(\d+)m$/.exec(process.argv[2] ?? '10m')?.[1]);
  if (!(minutes >= 3)) {
    console.error('Say how long, in minutes, and at least 3: npm run soak -- 10m');
    return 2;
  }
  build();
  const directory = mkdtempSync(join(tmpdir(), 'toehold-soak-'));
  try {
    return await soak(directory, minutes * 60_000);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function soak(directory: string, duration: number): Promise<number> {
  const app = compileApp(directory);
  const command = (index: number) =>
    index >= CRASHING
      ? `${app} --rate 10 --crash-after ${3_000 + index * 20}`
      : `${app} --rate ${7 + (index % 8)}`;
  const toehold = await makeToehold({ directory, apps: APPS, command, flags: FLAGS });
  for (const index of RELEASED)
    makeReleases(join(toehold.dataDir, 'apps'), `app-0${index}`, `exec ${command(index)}`);
  await toehold.start();
  const visitors = await startVisitors();
  const [token = ''] = await toehold.tokens(1, 'VIEWER');
  await visitors.ask({ type: 'visit', port: toehold.port, token, count: SUBSCRIBERS });
  const ending = new AbortController();
  const commands = giveCommands(toehold, { calm: CALM, released: RELEASED }, ending.signal);
  const samples = await watch(toehold, duration);
  ending.abort();
  const given = await commands;
  const { came, messages } = await visitors.ask({ type: 'leave' });
  await visitors.end();
  await toehold.end();
  console.log(
    `\n${came} subscribers came and received ${messages} messages; ${given} commands and queries\n`,
  );
  return verdict(samples) ? 0 : 1;
}

async function watch(toehold: Toehold, duration: number): Promise<readonly Sample[]> {
  const begin = now();
  const samples: Sample[] = [];
  while (now() - begin < duration) {
    await pause(SAMPLE_INTERVAL);
    const sample = await takeSample(toehold);
    samples.push(sample);
    if (samples.length % 10 === 0) {
      const text = Object.entries(sample).map(([name, value]) => `${name} ${Math.round(value)}`);
      console.error(`soak: ${Math.round((now() - begin) / 1_000)} s: ${text.join(', ')}`);
    }
  }
  return samples;
}

function verdict(samples: readonly Sample[]): boolean {
  const from = Math.ceil(WARM_UP / SAMPLE_INTERVAL);
  const verdicts = (Object.keys(MEASURES) as Measure[]).map((measure) => judge(measure, samples, from));
  for (const { line } of verdicts) console.log(line);
  const flat = verdicts.every((one) => one.flat);
  console.log(flat ? '\nEverything is flat after two minutes.' : '\nSomething grows.');
  return flat;
}

process.exitCode = await main();
