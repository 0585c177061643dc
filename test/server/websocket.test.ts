import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LogsStream } from '../schema/streams/documents.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { watchServerSockets } from '../support/server-sockets.ts';
import { subscribe } from '../support/streams.ts';
import { until } from '../support/until.ts';

const HEARTBEATS = 'subscription { events { __typename } }';

/** A connected socket, and the messages that it received. */
async function rawSocket(plane: ControlPlane) {
  const socket = new WebSocket(`${plane.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: { type: string; id?: string; payload?: unknown }[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  const send = (message: object) => socket.send(JSON.stringify(message));
  send({ type: 'connection_init', payload: { authorization: `Bearer ${plane.token}` } });
  await until(() => messages.some(({ type }) => type === 'connection_ack'), 'the server acknowledges');
  return { socket, messages, closed, send };
}

it('one socket carries queries, mutations and subscriptions', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const client = plane.webSocket();
  const run = async (query: string) => (await client.iterate({ query }).next()).value;
  expect(await run('{ viewer { name } }')).toEqual({ data: { viewer: { name: 'test' } } });
  expect(
    await run('mutation { stopApp(input: { app: { name: "alpha" }, wait: true }) { __typename } }'),
  ).toEqual({ data: { stopApp: { __typename: 'StopAppSuccess' } } });
  expect(await run(HEARTBEATS)).toEqual({ data: { events: { __typename: 'StreamHeartbeat' } } });
});

it('an invalid operation gets an error, and does not affect the socket and its other operations', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const { messages, send, socket } = await rawSocket(plane);
  send({
    id: 'good',
    type: 'subscribe',
    payload: { query: 'subscription { logs { ... on LogBatch { lines } } }' },
  });
  await until(
    () => messages.some(({ id, type }) => id === 'good' && type === 'next'),
    'the stream has begun',
  );
  const wrong = {
    syntax: { query: '{' },
    unknown: { query: '{ nothing }' },
    variables: { query: 'query Q($by: AppRef!) { app(by: $by) { id } }', variables: { by: 1 } },
    cursor: { query: 'subscription { events(after: "x") { __typename } }' },
    operation: { query: 'query A { viewer { name } } query B { viewer { name } }', operationName: 'C' },
  };
  for (const [id, payload] of Object.entries(wrong)) send({ id, type: 'subscribe', payload });
  for (const id of Object.keys(wrong)) {
    const answer = await until(() => messages.find((message) => message.id === id), `${id} is answered`);
    expect(JSON.stringify(answer)).toMatch(/"message"/);
  }
  plane.print('alpha', ['still here']);
  await until(() => JSON.stringify(messages).includes('still here'), 'the good stream goes on');
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.terminate();
});

it('refuses a socket for another path, or that violates the protocol, and the server continues', async () => {
  const plane = await startControlPlane();
  const other = new WebSocket(`${plane.url.replace('http', 'ws')}/other`, 'graphql-transport-ws');
  const [error] = await new Promise<Error[]>((resolve) => other.once('error', (...args) => resolve(args)));
  expect(error?.message).toContain('404');

  const noise = await rawSocket(plane);
  noise.socket.send('not JSON');
  expect(await noise.closed).toBe(4400);
  const backwards = await rawSocket(plane);
  backwards.send({ id: 'x', type: 'next', payload: {} });
  expect(await backwards.closed).toBe(4400);
  const huge = await rawSocket(plane);
  huge.send({ id: 'x', type: 'subscribe', payload: { query: '#'.repeat(1_100_000) } });
  expect(await huge.closed).toBe(1009);
  const old = new WebSocket(`${plane.url.replace('http', 'ws')}/graphql`, 'graphql-ws');
  expect(await new Promise((resolve) => old.once('close', resolve).once('error', () => {}))).toBeGreaterThan(
    1_000,
  );
  expect((await plane.query('{ viewer { name } }')).status).toBe(200);
  expect(plane.problems).toEqual([]);
});

it('a stalled client costs one page, and misses nothing when it continues', async () => {
  const sockets = watchServerSockets();
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const other = subscribe(plane.webSocket(), LogsStream, { last: 0 });
  const start = await other.next();
  await other.end();
  const { messages, send, socket } = await rawSocket(plane);
  let reads = 0;
  let underWay = 0;
  plane.interpose.follow = async (query, after, limit) => {
    reads += 1;
    underWay += 1;
    try {
      return await plane.realLogs.follow(query, after, limit);
    } finally {
      underWay -= 1;
    }
  };
  // Like a busy client: first the buffers of the system fill, and then the socket of the server.
  socket.pause();
  const after = 'cursor' in start ? start.cursor : '';
  const query =
    'subscription S($after: Cursor) { logs(after: $after, filter: { streams: [STDOUT] }) { ... on LogBatch { lines } } }';
  send({ id: 's', type: 'subscribe', payload: { query, variables: { after } } });
  const lines = Array.from({ length: 60_000 }, (_, n) => `line ${n} `.padEnd(1_000, '.'));
  plane.print('alpha', lines);
  const all = lines.length / 500;
  await until(() => plane.logs.end().mark > 0 && reads > 1, 'the stream has begun');
  await sockets.stalled(plane.port, () => underWay);
  expect(reads).toBeLessThan(all / 2);
  expect((await plane.query('{ viewer { name } }')).status, 'others are served meanwhile').toBe(200);

  socket.resume();
  const received = () =>
    messages.flatMap(({ id, payload }) =>
      id === 's' ? ((payload as { data: { logs: { lines?: string[] } } }).data.logs.lines ?? []) : [],
    );
  await until(() => received().length >= lines.length, 'everything has come', 20_000);
  expect(received()).toEqual(lines);
  socket.terminate();
  await until(() => plane.streams() === 0, 'its stream is gone');
});
