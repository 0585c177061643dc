import { buildSchema, type ExecutionResult, GraphQLError, type GraphQLObjectType, parse } from 'graphql';
import { expect, it } from 'vitest';
import type { GraphQLContext, OpenStream } from '../../../schema/context.ts';
import { followJournal, resolvedOnce } from '../../../schema/streams/loop.ts';
import { createStreamScheduler } from '../../../schema/streams/scheduler.ts';
import type { Output } from '../../../src/server/streams/group.ts';
import { SharedStreams } from '../../../src/server/streams/shared-streams.ts';
import type { SharedText } from '../../../src/server/streams/shared-text.ts';
import { subscribeShared } from '../../../src/server/streams/subscription.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

interface Row {
  readonly cursor: string;
  readonly number: number;
  readonly text: string;
}

/** A journal of texts, whose rows are read one at a time, and clients of one operation on it. */
function arrange() {
  const document = parse('subscription { rows { number text } }');
  const rows: string[] = [];
  const listeners = new Set<() => void>();
  const clock = createManualClock();
  const scheduler = createStreamScheduler();
  const shared = new SharedStreams(MOST_KEPT);
  const counts = { reads: 0, resolved: 0, open: 0, fails: false };
  const opened: OpenStream[] = [];
  const failing = new Set<string>();
  const schema = buildSchema(`
    type Query { x: Int }
    type Row { number: Int!, text: String }
    type Subscription { rows: Row! }
  `);
  const type = schema.getSubscriptionType()?.getFields();
  const field = type?.rows;
  if (!field) throw new Error('The schema has the field');
  field.resolve = (row) => row;
  const text = (schema.getType('Row') as GraphQLObjectType<Row, GraphQLContext>).getFields().text;
  if (text)
    text.resolve = (row, _args, { viewer }) => {
      if (failing.has(row.text)) throw new Error(`${viewer.name} may not read this`);
      return row.text;
    };
  field.subscribe = (_root: unknown, _args: unknown, context: GraphQLContext) => {
    resolvedOnce(context, () => {
      counts.resolved += 1;
      return { of: 'all' };
    });
    if (counts.fails && context.handover?.from != null) throw new GraphQLError('The disk is gone');
    const start = Number(context.handover?.from ?? 0);
    return followJournal<number, Row>(context, 'logs', {
      start,
      read(position) {
        counts.reads += 1;
        const text = rows[position];
        const payloads = text === undefined ? [] : [{ cursor: `${position + 1}`, number: position, text }];
        const next = position + payloads.length;
        return { payloads, position: next, atEnd: next === rows.length };
      },
      apps: null,
      heartbeat: (position) => ({ cursor: `${position}`, number: -1, text: 'heartbeat' }),
      cursor: String,
      onMore(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
  };

  async function open(name: string) {
    const client = new Client();
    const ended = new AbortController();
    const contextValue = {
      ...{ clock, scheduler, ends: [ended.signal], viewer: { name, role: 'ADMIN' } },
      ...{ requestHost: 'localhost', requestOrigin: 'http://localhost' },
      streamOpened: (stream: OpenStream) => {
        opened.push(stream);
        counts.open += 1;
        return () => {
          counts.open -= 1;
        };
      },
    };
    const stream = await subscribeShared(shared, { output: client }, { schema, document, contextValue });
    if (!(Symbol.asyncIterator in stream)) throw new Error('It begins');
    const done = client.consume(stream);
    return { client, done, end: () => ended.abort(), stop: () => stream.return() };
  }

  return {
    ...{ clock, counts, failing, listeners, open, opened },
    add(...texts: readonly string[]) {
      rows.push(...texts);
      for (const listener of [...listeners]) listener();
    },
  };
}

/** A client that reads at once, or not at all. */
class Client implements Output {
  readonly results: ExecutionResult[] = [];
  /** The last text that it got from a group. */
  shared: SharedText | null = null;
  #isFull = false;
  #drained: (() => void)[] = [];
  #mayTake: (() => void) | null = null;

  get isFull(): boolean {
    return this.#isFull;
  }

  set isFull(full: boolean) {
    this.#isFull = full;
    if (full) return;
    for (const drained of this.#drained.splice(0)) drained();
    this.#mayTake?.();
  }

  write(text: SharedText): void {
    this.shared = text;
    this.results.push(JSON.parse(String(text.message).slice(0, -1)));
  }

  onceDrained(callback: () => void): () => void {
    this.#drained.push(callback);
    return () => {
      this.#drained = this.#drained.filter((other) => other !== callback);
    };
  }

  /** Takes the results of the stream as a transport does. */
  async consume(stream: AsyncIterable<ExecutionResult>): Promise<void> {
    for await (const result of stream) {
      this.results.push(JSON.parse(JSON.stringify(result)));
      if (this.#isFull)
        await new Promise<void>((resolve) => {
          this.#mayTake = resolve;
        });
    }
  }

  texts(): readonly unknown[] {
    return this.results
      .map(({ data }) => (data as { rows: { text: unknown } }).rows?.text)
      .filter((text) => text !== 'heartbeat');
  }
}

/** Opens clients that share a group. Their results so far are forgotten. */
async function openTogether(bench: ReturnType<typeof arrange>, count: number) {
  const clients = await Promise.all(Array.from({ length: count }, (_, n) => bench.open(`viewer ${n}`)));
  for (let round = 0; !clients.every(({ client }) => client.shared); round += 1) {
    bench.add(`round ${round}`);
    await until(
      () => clients.every(({ client }) => client.texts().at(-1) === `round ${round}`),
      'all have the text',
    );
  }
  for (const { client } of clients) client.results.length = 0;
  return clients;
}

/** How much a group keeps here, in bytes. */
const MOST_KEPT = 500_000;

const numbered = (count: number, of = '') => Array.from({ length: count }, (_, n) => `${n} ${of}`);

it('one read, one execution and one text serve all members', async () => {
  const bench = arrange();
  const clients = await openTogether(bench, 50);
  const { reads } = bench.counts;
  bench.add(...numbered(10));
  await until(() => clients.every(({ client }) => client.texts().length === 10), 'all have all');
  expect(bench.counts.reads - reads).toBeLessThan(13);
  expect(new Set(clients.map(({ client }) => client.shared)).size).toBe(1);
  expect(bench.counts).toMatchObject({ resolved: 50, open: 50 });
});

it('a slow member gets what is kept, and leaves when it is too far behind', async () => {
  const bench = arrange();
  const [fast, slow] = await openTogether(bench, 2);
  if (!fast || !slow) throw new Error('Two are open');
  slow.client.isFull = true;
  const little = numbered(10);
  bench.add(...little);
  await until(() => fast.client.texts().length === 10, 'the fast one has it');
  const { reads } = bench.counts;
  slow.client.isFull = false;
  await until(() => slow.client.texts().length === 10, 'the slow one has it, too');
  expect(bench.counts.reads, 'without a read of its own').toBe(reads);

  slow.client.isFull = true;
  const much = numbered(100, 'x'.repeat(25_000));
  bench.add(...much);
  await until(() => fast.client.texts().length === 110, 'the fast one has it');
  expect(slow.client.texts().length).toBeLessThan(13);
  expect(bench.counts.reads - reads, 'nothing is read for the slow one').toBeLessThan(105);
  slow.client.isFull = false;
  await until(() => slow.client.texts().length === 110, 'the slow one has it, too');
  expect(slow.client.texts()).toEqual(fast.client.texts());
  expect(bench.counts.resolved, 'its arguments still mean the same').toBe(2);
  bench.add('end');
  await until(() => slow.client.texts().length === 111, 'it goes on');
  expect(slow.client.shared).toBe(fast.client.shared);
});

it('knows since when a member has not taken everything, also after the group has dropped it', async () => {
  const { add, clock, open, opened } = arrange();
  const [slow, quick] = [await open('slow'), await open('quick')];
  add('a');
  await until(() => quick.client.results.length === 2 && slow.client.shared !== null, 'both are members');
  const behind = () => opened.map((stream) => stream.behindSince());
  expect(behind()).toEqual([null, null]);
  slow.client.isFull = true;
  const since = clock.monotonic();
  add('b', 'c');
  await until(() => quick.client.results.length === 4, 'the quick one has all');
  await clock.advance(5_000);
  add(...Array.from({ length: 20 }, (_, index) => `${index}`.repeat(500)));
  await until(() => quick.client.results.length === 24, 'the slow one is dropped');
  expect(behind()[1]).toBeNull();
  expect(behind()[0]).toBeGreaterThanOrEqual(since);
  slow.client.isFull = false;
  await until(() => slow.client.results.length === 24, 'the slow one has all');
  await until(() => behind()[0] === null, 'it has caught up');
});

it('while all members are slow, nothing is read', async () => {
  const bench = arrange();
  const clients = await openTogether(bench, 3);
  for (const { client } of clients) client.isFull = true;
  const { reads } = bench.counts;
  bench.add(...numbered(100));
  await until(() => clients.every(({ client }) => client.texts().length === 1), 'each has one text more');
  bench.add('more');
  expect(bench.counts.reads - reads).toBeLessThan(3);
  for (const { client } of clients) client.isFull = false;
  await until(() => clients.every(({ client }) => client.texts().length === 101), 'all have all');
});

it('a client that comes while all members are slow makes the group go on', async () => {
  const bench = arrange();
  const members = await openTogether(bench, 2);
  for (const { client } of members) client.isFull = true;
  bench.add(...numbered(100, 'x'.repeat(25_000)));
  await until(() => members.every(({ client }) => client.texts().length === 1), 'each has one text more');
  const late = await bench.open('late');
  await until(() => late.client.texts().length > 100, 'it has the backlog');
  bench.add('one');
  await until(() => late.client.texts().at(-1) === 'one', 'it goes on');
  for (let n = 0; !late.client.shared; n += 1) {
    bench.add(`more ${n}`);
    await until(() => late.client.texts().at(-1) === `more ${n}`, 'it goes on');
  }
  for (const { client } of members) client.isFull = false;
  const last = late.client.texts().at(-1);
  await until(() => members.every(({ client }) => client.texts().at(-1) === last), 'all have all');
  const [one, two] = members.map(({ client }) => client.texts());
  expect(one).toEqual(late.client.texts().slice(-(one?.length ?? 0)));
  expect(two).toEqual(one);
});

it('a stream that cannot go on by itself ends with the problem', async () => {
  const bench = arrange();
  const [fast, slow] = await openTogether(bench, 2);
  if (!fast || !slow) throw new Error('Two are open');
  slow.client.isFull = true;
  bench.add(...numbered(100, 'x'.repeat(25_000)));
  await until(() => fast.client.texts().length === 100, 'the fast one has it');
  bench.counts.fails = true;
  slow.client.isFull = false;
  await slow.done;
  expect(slow.client.results.at(-1)?.errors?.[0]?.message).toBe('The disk is gone');
  expect(bench.counts.open).toBe(1);
});

it('a variable that is left out is not one that is null', () => {
  const shared = new SharedStreams();
  const schema = buildSchema('type Query { x: Int } type Subscription { rows(n: Int): Int }');
  const document = parse(
    'subscription S($n: Int = 5) { rows @include(if: true) ...F } fragment F on Subscription { a: rows(n: $n) }',
  );
  const contextValue = { viewer: { role: 'ADMIN' }, requestHost: 'a', requestOrigin: 'a' };
  const at = (variableValues: object) =>
    shared.groupAt({ schema, document, contextValue, variableValues: { ...variableValues } }, '0');
  const groups = [at({}), at({ n: null }), at({ n: 5 })];
  expect(new Set(groups).size).toBe(3);
});

it('a result with an error is not shared, for it can name the viewer', async () => {
  const bench = arrange();
  const clients = await openTogether(bench, 2);
  bench.failing.add('secret');
  bench.add('secret', 'after');
  await until(() => clients.every(({ client }) => client.texts().length === 2), 'all have all');
  const messages = clients.map(
    ({ client }) => client.results.flatMap(({ errors = [] }) => errors)[0]?.message,
  );
  expect(messages).toEqual(['viewer 0 may not read this', 'viewer 1 may not read this']);
  bench.add('end');
  await until(() => clients.every(({ client }) => client.texts().length === 3), 'they go on');
});

it('a text that is too long is not shared', async () => {
  const bench = arrange();
  const clients = await openTogether(bench, 2);
  const long = 'x'.repeat(5_000_000);
  bench.add(long, 'after');
  await until(() => clients.every(({ client }) => client.texts().length === 2), 'all have all');
  expect(clients.map(({ client }) => client.texts()[0] === long)).toEqual([true, true]);
});

it('each member ends alone, and the last one ends the group', async () => {
  const bench = arrange();
  const [first, second, third] = await openTogether(bench, 3);
  first?.end();
  await first?.done;
  await second?.stop();
  await second?.done;
  bench.add('more');
  await until(() => third?.client.texts().length === 1, 'the third goes on');
  expect(first?.client.texts()).toEqual([]);
  expect(bench.counts.open).toBe(1);
  third?.end();
  await third?.done;
  await until(() => bench.listeners.size === 0 && bench.clock.pending() === 0, 'nothing is left');
  expect(bench.counts.open).toBe(0);
});

it('a group sends heartbeats', async () => {
  const bench = arrange();
  const clients = await openTogether(bench, 2);
  await until(() => bench.clock.pending() === 1, 'one timer serves both');
  bench.clock.advance(15_000);
  const beats = ({ results }: Client) =>
    results.filter(({ data }) => (data as { rows: { number: number } }).rows.number === -1).length;
  await until(() => clients.every(({ client }) => beats(client) === 1), 'both get one');
});

it('whoever reads when, each client gets every text once', async () => {
  const bench = arrange();
  const clients = await openTogether(bench, 6);
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed % below;
  };
  const expected: string[] = [];
  for (let step = 0; step < 120; step += 1) {
    const texts = numbered(random(4), `${step} ${'y'.repeat(random(3) === 0 ? 20_000 : 10)}`);
    expected.push(...texts);
    bench.add(...texts);
    const one = clients[random(clients.length)];
    if (one) one.client.isFull = random(3) > 0;
    if (random(2) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const { client } of clients) client.isFull = false;
  await until(
    () => clients.every(({ client }) => client.texts().length >= expected.length),
    'all have all',
    20_000,
  );
  for (const { client } of clients) expect(client.texts()).toEqual(expected);
});
