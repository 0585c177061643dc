import { createConnection, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startControlPlane } from '../support/control-plane.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';
import { ask, type Front, openSocket, queryBy, serveAlso } from './support.ts';

const UPGRADE = [
  'GET /graphql HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
  '\r\n',
].join('\r\n');
const VIEWER = '{ viewer { name } }';

/** Connections that send only `text`. Each is opened again when it is closed, until the test ends. */
async function crowd({ port }: Front, size: number, text: string) {
  const open = new Set<Socket>();
  let opened = 0;
  let over = false;
  const come = (): void => {
    if (over) return;
    const socket = createConnection(port, '127.0.0.1');
    open.add(socket);
    socket.on('error', () => {});
    socket.once('connect', () => {
      opened += 1;
      socket.write(text);
    });
    socket.once('close', () => {
      open.delete(socket);
      setImmediate(come);
    });
    socket.resume();
  };
  onTestFinished(() => {
    over = true;
    for (const socket of open) socket.destroy();
  });
  for (let n = 0; n < size; n += 1) come();
  await until(() => opened > size, 'more come than there is room for');
  return { opened: () => opened };
}

it.each([
  ['say nothing', ''],
  ['say half a request', 'GET /graphql HTTP/1.1\r\nHost: localhost\r\n'],
  [
    'never send the body of a login',
    'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n',
  ],
])(
  'more connections than slots that %s, opened again and again, do not lock other clients out',
  async (_, text) => {
    const front = await serveAlso(await startControlPlane(), { connections: 50 });
    const { opened } = await crowd(front, 60, text);
    const before = opened();
    for (let n = 0; n < 20; n += 1) {
      expect((await ask(front, queryBy(front.token, VIEWER))).status).toBe(200);
    }
    expect(opened()).toBeGreaterThan(before);
  },
);

it('more WebSockets than slots that never authenticate do not lock other clients out', async () => {
  const front = await serveAlso(await startControlPlane(), { connections: 100 });
  await crowd(front, 60, UPGRADE);
  for (let n = 0; n < 20; n += 1) {
    const { init, socket } = await openSocket(front);
    await init(front.token);
    socket.terminate();
  }
});

it('a client that has shown a token keeps its connection, however many others connect', async () => {
  const front = await serveAlso(await startControlPlane(), { connections: 20 });
  const { init, socket, subscribe, answerTo } = await openSocket(front);
  await init(front.token);
  const stream = await fetch(`${front.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${front.token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query: 'subscription { events { __typename } }' }),
  });
  const reader = stream.body?.getReader();
  onTestFinished(() => reader?.cancel());
  const { opened } = await crowd(front, 30, '');
  await until(() => opened() > 100, 'the crowd has come and gone');
  subscribe('s', VIEWER);
  expect(await answerTo('s')).toMatchObject({ type: 'next' });
  expect(socket.readyState).toBe(socket.OPEN);
  expect((await reader?.read())?.done).toBe(false);
});

it('disconnects a client that sends nothing for 5 s, or 1 s when slots are short, but not one that has begun a request', async () => {
  const clock = createManualClock();
  const front = await serveAlso(await startControlPlane(), { clock, connections: 8 });
  const connect = async (text: string) => {
    const socket = createConnection(front.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {}).resume();
    await new Promise((resolve) => socket.once('connect', resolve));
    if (text !== '') socket.write(text);
    return socket;
  };
  const silent = await connect('');
  const begun = await connect('GET /healthz HTTP/1.1\r\n');
  // A later response shows that both connections were accepted and read.
  expect((await ask(front, { path: '/healthz' })).status).toBe(200);
  await clock.advance(4_000);
  expect((await ask(front, { path: '/healthz' })).status).toBe(200);
  expect(silent.destroyed).toBe(false);
  await clock.advance(2_000);
  await until(() => silent.destroyed, 'the silent one is cut off');
  expect(begun.destroyed).toBe(false);
  const crowded = await Promise.all(Array.from({ length: 6 }, () => connect('')));
  expect((await ask(front, { path: '/healthz' })).status).toBe(200);
  await clock.advance(2_000);
  await until(() => crowded.every(({ destroyed }) => destroyed), 'the crowd is cut off');
  begun.write('Host: localhost\r\nConnection: close\r\n\r\n');
  await until(() => begun.destroyed, 'it is answered');
});

it('disconnects a client that sends many requests without waiting for responses', async () => {
  const front = await serveAlso(await startControlPlane());
  const socket = createConnection(front.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(40));
  await until(() => text.split('HTTP/1.1 200').length === 41, 'all of a few are answered');
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5_000));
  await until(() => socket.destroyed, 'it is cut off');
  expect(text.split('HTTP/1.1 200').length).toBeLessThan(200);
});
