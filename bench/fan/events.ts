import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { appName } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { now, residentMb, watchMemory } from '../support/measure.ts';
import { figure, type Row } from '../support/rows.ts';
import { startSubscribers } from '../support/subscribers.ts';
import { startTailServer } from '../support/tail-server.ts';
import { startToehold, type Toehold } from '../support/toehold.ts';

const SUBSCRIBERS = 1_000;
const PER_SECOND = 1_000;
const SECONDS = 3;
/** The most mutations that one operation may have. */
const AT_ONCE = 20;
/** A token may give 1,000 commands at once. */
const PER_TOKEN = 1_000;
/** The apps that the events are about. Each later app marks the end of one round. */
const APPS = 10;

const QUERY = `subscription { events { ... on EventBatch { events {
  __typename at actor ... on AppUpdatedEvent { appName changes { field before after } }
} } } }`;

/**
 * Events against a bare server that gets texts of the same size at the same pace. Each event is caused by a command, so
 * the pace is at most half of what the server can do with nobody listening.
 */
export async function events(bench: Bench): Promise<readonly Row[]> {
  const count = APPS + bench.rounds + 1;
  const toehold = await startToehold({ directory: bench.directory, apps: count, command: bench.app });
  const idle = residentMb(toehold.pid);
  const path = join(bench.directory, 'events.json');
  writeFileSync(path, '');
  const bare = await startTailServer();
  const { port } = await bare.ask({ type: 'listen', path, shape: 'raw' });
  const pace = await possiblePace(toehold);
  const source = { perSecond: pace, events: Math.ceil((pace * SECONDS) / AT_ONCE) * AT_ONCE };
  bench.say(`fan: events: ${Math.round(pace)} events/s`);
  const own: number[] = [];
  const ceiling: number[] = [];
  const grown: number[] = [];
  // The first round warms up.
  for (let round = 0; round <= bench.rounds; round += 1) {
    const mark = appName(APPS + round);
    const memory = watchMemory(toehold.pid);
    const tokens = await toehold.tokens(Math.ceil(source.events / PER_TOKEN));
    const names = Array.from({ length: source.events }, (_, event) => appName(event % APPS)).with(-1, mark);
    const batch = (first: number) => names.slice(first, first + AT_ONCE);
    const cause = (first: number) => grant(toehold, tokens[Math.floor(first / PER_TOKEN)], batch(first));
    const { port: ours, token } = toehold;
    own.push(await deliver({ ...source, port: ours, token, mark, cause }));
    grown.push(memory() - idle);
    const append = async (first: number) => appendFileSync(path, textOf(batch(first)));
    ceiling.push(await deliver({ ...source, port, token: '', mark, cause: append }));
    bench.say(
      `fan: events: ${figure(own.at(-1))} M/s and ${figure(grown.at(-1))} MB, bare ${figure(ceiling.at(-1))} M/s`,
    );
  }
  await bare.end();
  await toehold.end();
  const what = 'events, 1,000 subscribers, up to 1,000 events/s';
  return [
    {
      benchmark: 'fan',
      what,
      unit: 'M deliveries/s',
      own: own.slice(1),
      peer: { name: 'bare ws', values: ceiling.slice(1) },
      others: [{ name: 'events/s', values: [pace] }],
      target: { kind: 'ratio', bound: 'least', value: 0.7 },
    },
    {
      benchmark: 'fan',
      what: `${what}: memory over idle`,
      unit: 'MB',
      own: grown.slice(1),
      peer: null,
      target: { kind: 'value', bound: 'most', value: 150 },
    },
  ];
}

/** Half of the events that commands cause in a second with nobody listening; at most `PER_SECOND`. */
async function possiblePace(toehold: Toehold): Promise<number> {
  const [token] = await toehold.tokens(1);
  const names = Array.from({ length: AT_ONCE }, (_, index) => appName(index % APPS));
  const operations = PER_TOKEN / AT_ONCE / 2;
  const begin = now();
  for (let index = 0; index < operations; index += 1) await grant(toehold, token, names);
  const perSecond = (operations * AT_ONCE * 1_000) / (now() - begin);
  return Math.min(PER_SECOND, perSecond / 2);
}

interface Delivery {
  readonly port: number;
  readonly token: string;
  /** The last event names it. */
  readonly mark: string;
  readonly perSecond: number;
  readonly events: number;
  /** Causes `AT_ONCE` events. */
  cause(first: number): Promise<void>;
}

/** Millions of deliveries a second. */
async function deliver({ port, token, mark, perSecond, events, cause }: Delivery): Promise<number> {
  const clients = await startSubscribers();
  try {
    await clients.ask({ type: 'connect', how: 'ws', port, token, query: QUERY, count: SUBSCRIBERS });
    await clients.ask({ type: 'expect', mark });
    const received = clients.ask({ type: 'received' });
    const begin = now();
    for (let first = 0; first < events; first += AT_ONCE) {
      const due = begin + (first / perSecond) * 1_000 - now();
      if (due > 1) await pause(due);
      await cause(first);
    }
    const { at } = await received;
    return (events * SUBSCRIBERS) / (at - begin) / 1_000;
  } finally {
    await clients.end();
  }
}

/** Commands that change one field of each app's record, and nothing else. */
async function grant(toehold: Toehold, token: string | undefined, names: readonly string[]): Promise<void> {
  const fields = names.map(
    (name, index) =>
      `g${index}: grantAppAccess(input: { app: { name: "${name}" }, role: ${index < APPS ? 'VIEWER' : 'OPERATOR'} }) { __typename }`,
  );
  const answer = await toehold.ask<Record<string, { __typename: string }>>(
    `mutation { ${fields.join(' ')} }`,
    {},
    token,
  );
  for (const { __typename } of Object.values(answer)) {
    if (__typename !== 'GrantAppAccessSuccess') throw new Error(`grantAppAccess answered ${__typename}`);
  }
}

function textOf(names: readonly string[]): string {
  const at = new Date().toISOString();
  const lines = names.map(
    (name) =>
      `{"__typename":"AppUpdatedEvent","at":"${at}","actor":"bench ADMIN 0 1795856837327","appName":"${name}","changes":[{"field":"GRANTED_ROLE","before":"VIEWER","after":"OPERATOR"}]}\n`,
  );
  return lines.join('');
}
