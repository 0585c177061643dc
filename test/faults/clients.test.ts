import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { ask as askServer, makeDataDir, serve } from '../support/serve.ts';
import { sharedServer } from '../support/whole-server.ts';

const server = sharedServer();

function aliases(count: number, what: string): string {
  return `{${Array.from({ length: count }, (_, index) => `a${index}: ${what}`).join(' ')}}`;
}

function query(text: string, variables?: unknown): string {
  return JSON.stringify({ query: text, variables });
}

function nodeId(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('a client that sends nonsense is answered, and nobody else notices', () => {
  test.for<readonly [title: string, body: string | Buffer]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['a list of operations', '[{"query":"{ __typename }"}]'],
    ['half an object', '{"query": '],
    ['bytes', Buffer.from([0xff, 0, 1, 2, 0xfe])],
    ['half a million brackets', '['.repeat(500_000)],
    ['a query that is no text', '{"query": 7}'],
    ['no query', '{}'],
    ['variables that are no object', '{"query":"{ __typename }","variables":"x"}'],
    ['__proto__', '{"query":"query ($__proto__: Int) { __typename }","variables":{"__proto__":1}}'],
    ['2 MB', query(`{ __typename #${'x'.repeat(2_000_000)}\n}`)],
    ['100,000 braces', query('{'.repeat(100_000))],
    [
      '20,000 fields that there are not',
      query(`{${Array.from({ length: 20_000 }, (_, i) => `zz${i}`).join(' ')}}`),
    ],
    ['10,000 directives', query(`{ __typename ${'@skip(if: false)'.repeat(10_000)} }`)],
    ['20,000 aliases', query(aliases(20_000, '__typename'))],
    ['fragments in a circle', query('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }')],
    [
      'fragments that double 30 times',
      query(
        `{ ...F0 } ${Array.from({ length: 30 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F30 on Query { __typename }`,
      ),
    ],
    [
      'ids of nothing',
      query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
        ids: [
          '',
          'x',
          nodeId('App:-1'),
          nodeId('Run:1e3'),
          nodeId('App:99999999999999999999'),
          nodeId('Nope:1'),
        ],
      }),
    ],
    [
      'too many ids',
      query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(20_000).fill(nodeId('App:1')) }),
    ],
    [
      'half a character',
      '{"query":"query ($n: String!) { app(by: { name: $n }) { name } }","variables":{"n":"\\ud800"}}',
    ],
    [
      'a word of 500 KB to look for',
      query('query ($c: String) { logs(filter: { contains: $c }) { nodes { text } } }', {
        c: 'x'.repeat(500_000),
      }),
    ],
    [
      'a release out of reach',
      query(
        'mutation { activateRelease(input: { app: { name: "bystander" }, release: "../../x" }) { __typename } }',
      ),
    ],
  ])('%s', async ([, body]) => {
    const { status, text } = await server().send(body);
    expect(status).toBeLessThan(500);
    expect(text.length).toBeLessThan(2_000_000);
    expect(await server().ask('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  test.for([
    'first: -1',
    'last: -1',
    'first: 1001',
    'first: 99999999999',
    'after: ""',
    'after: "AAAA"',
    `after: "${'A'.repeat(10_000)}"`,
    `before: "${Buffer.from('{}').toString('base64')}"`,
  ])('a page that cannot be: %s', async (page) => {
    for (const list of ['apps', 'logs', 'events']) {
      const { status, text } = await server().send(
        query(`{ ${list}(${page}) { pageInfo { hasNextPage } } }`),
      );
      expect(status).toBe(200);
      expect(
        (JSON.parse(text) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code,
      ).toMatch(/^(INVALID_PAGE|BAD_CURSOR|GRAPHQL_VALIDATION_FAILED)$/);
    }
  });

  test('noise on the port, and 500 connections that say nothing', async () => {
    const { url, ask } = server();
    const { hostname, port } = new URL(url);
    const sockets = Array.from({ length: 500 }, () => connect(Number(port), hostname));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    sockets[0]?.write(Buffer.from([0, 1, 2, 3, 13, 10, 13, 10]));
    sockets[1]?.write(
      'GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    );
    expect(await ask('{ __typename }')).toEqual({ __typename: 'Query' });
    for (const socket of sockets) socket.destroy();
  });
});

describe('a WebSocket', () => {
  test.for<readonly [title: string, frames: readonly (string | Buffer)[], code: number]>([
    ['garbage', ['garbage'], 4400],
    ['bytes', [Buffer.from([0xff, 0xfe])], 4400],
    ['an unknown kind of message', ['{"type":"explode"}'], 4400],
    ['an empty id', ['{"id":"","type":"subscribe","payload":{"query":"{ __typename }"}}'], 4400],
    ['a payload of null', ['{"id":"1","type":"subscribe","payload":null}'], 4400],
    ['2 MB', ['x'.repeat(2_000_000)], 1009],
  ])('that sends %s is closed, alone', async ([, frames, code]) => {
    const { socket } = await opened();
    for (const frame of frames) socket.send(frame);
    const [closed] = await once(socket, 'close');
    expect(closed).toBe(code);
    expect(await server().ask('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  test.for([
    '{{{',
    '{ nope }',
    'query ($a: Int!) { apps(first: $a) { totalCount } }',
    'query A { __typename } query B { __typename }',
    'subscription { events { __typename } logs { __typename } }',
    'subscription { events(after: "zz") { __typename } }',
    'subscription { logs(after: "zz") { __typename } }',
    'subscription { logs(apps: [{ name: "nobody" }]) { __typename } }',
    'subscription { logs(last: -1) { __typename } }',
    '{'.repeat(200_000),
  ])('whose operation cannot be (%s) is told so, and its others go on', async (text) => {
    const { socket, message } = await opened();
    socket.send(JSON.stringify({ id: 'bad', type: 'subscribe', payload: { query: text } }));
    socket.send(JSON.stringify({ id: 'good', type: 'subscribe', payload: { query: '{ __typename }' } }));
    const bad = await message((one) => one.id === 'bad');
    expect(bad.type === 'error' || JSON.stringify(bad.payload).includes('"errors"')).toBe(true);
    expect((await message((one) => one.id === 'good')).type).toBe('next');
    socket.close();
    await once(socket, 'close');
  });
});

test('long queries, each another one, do not fill the memory', { timeout: 60_000 }, async () => {
  const { path } = await makeDataDir();
  const process = await serve({ dataDir: path });
  const url = await process.ready();
  const memory = async (): Promise<number> =>
    (await askServer<{ supervisor: { memoryBytes: number } }>(url, '{ supervisor { memoryBytes } }')).data
      .supervisor.memoryBytes;
  await askServer(url, aliases(20_000, '__typename'));
  const before = await memory();
  for (let number = 0; number < 25; number += 1)
    await askServer(url, `#${number}\n${aliases(20_000, '__typename')}`);
  // Kept, each would cost some 25 MB.
  expect((await memory()) - before).toBeLessThan(250 * 2 ** 20);
  process.child.kill('SIGTERM');
  expect((await process.ended).code).toBe(0);
});

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A raw socket that has been acknowledged. */
async function opened(): Promise<{
  readonly socket: WebSocket;
  /** The first message, of those that have come and those that will, that fits. */
  readonly message: (fits: (message: Message) => boolean) => Promise<Message>;
}> {
  const socket = new WebSocket(`${server().url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data)) as Message));
  socket.on('error', () => {});
  const message = async (fits: (one: Message) => boolean): Promise<Message> => {
    for (;;) {
      const found = messages.find(fits);
      if (found) return found;
      await once(socket, 'message');
    }
  };
  await once(socket, 'open');
  const payload = { authorization: `Bearer ${server().token}` };
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  await message(({ type }) => type === 'connection_ack');
  return { socket, message };
}
