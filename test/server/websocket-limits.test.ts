import { createConnection, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { SupervisorControl } from '../../src/supervisor/index.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { overriding } from '../support/overriding.ts';
import { watchServerSockets } from '../support/server-sockets.ts';
import { until } from '../support/until.ts';
import { type Front, openSocket, serveAlso } from './support.ts';

const EVENTS = 'subscription { events { __typename } }';
const VIEWER = '{ viewer { name } }';
const TOO_MANY = { type: 'error', payload: [{ extensions: { code: 'TOO_MANY_OPERATIONS' } }] };

/** A text of at most 64 KiB as a frame of a client. */
function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([head, body]);
}

/** A WebSocket that sends nothing more once it is open, not even a close frame. */
async function muteSocket({ port, token }: Front, saysWho: boolean): Promise<Socket> {
  const socket = createConnection(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(
    [
      'GET /graphql HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Protocol: graphql-transport-ws',
      '\r\n',
    ].join('\r\n'),
  );
  const payload = { authorization: `Bearer ${token}` };
  if (saysWho) socket.write(frame(JSON.stringify({ type: 'connection_init', payload })));
  const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  expect(String(answer)).toContain('101 Switching Protocols');
  return socket.resume();
}

it('refuses an upgrade while the server closes, without a delay', async () => {
  const front = await serveAlso(await startControlPlane());
  const late = createConnection(front.port, '127.0.0.1');
  onTestFinished(() => void late.destroy());
  await new Promise((resolve) => late.once('connect', resolve));
  // The request has begun, and the rest arrives while the server closes.
  late.write('GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n');
  const answered = new Promise<Buffer>((resolve) => late.once('data', resolve));
  await fetch(`http://127.0.0.1:${front.port}/healthz`, { headers: { connection: 'close' } });
  const closed = front.server.close();
  late.write(
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
  );
  expect(String(await answered)).toMatch(/^HTTP\/1\.1 503 /);
  await closed;
});

it('closes 1,000 sockets that never authenticate after 3 s', async () => {
  const front = await serveAlso(await startControlPlane());
  let gone = 0;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: 1_000 }, async () => {
      const socket = await muteSocket(front, false);
      socket.once('close', () => {
        gone += 1;
      });
    }),
  );
  await until(() => gone > 0, 'the first is gone');
  expect(performance.now() - begin).toBeGreaterThan(2_900);
  await until(() => gone === 1_000, 'all are gone', 20_000);
  const polite = await openSocket(front);
  expect((await polite.closed).code).toBe(4408);
}, 60_000);

it('refuses the 1,001st socket, and accepts it when another has closed', async () => {
  const front = await serveAlso(await startControlPlane());
  const sockets = await Promise.all(Array.from({ length: 1_000 }, () => muteSocket(front, true)));
  await expect(openSocket(front)).rejects.toThrow('503');
  sockets[0]?.destroy();
  const socket = await until(() => openSocket(front).catch(() => null), 'there is room');
  await socket.init(front.token);
}, 60_000);

it('closes a socket that sends too much before it is authenticated, but not after', async () => {
  const front = await serveAlso(await startControlPlane());
  const payload = { authorization: `Bearer ${'x'.repeat(100_000)}` };
  const stranger = await openSocket(front);
  stranger.send({ type: 'connection_init', payload });
  expect((await stranger.closed).code).toBe(1006);
  const { init, send, messages } = await openSocket(front);
  await init(front.token);
  send({ type: 'ping', payload });
  await until(() => messages.some(({ type }) => type === 'pong'), 'it is answered');
});

it('refuses the 51st operation of a socket, and the others continue', async () => {
  const plane = await startControlPlane();
  const front = await serveAlso(plane);
  const { init, subscribe, answerTo, send, socket } = await openSocket(front);
  await init(front.token);
  for (let n = 0; n < 50; n += 1) subscribe(`s${n}`, EVENTS);
  await until(() => plane.streams() === 50, '50 listen');
  subscribe('more', VIEWER);
  expect(await answerTo('more')).toMatchObject(TOO_MANY);
  expect([socket.readyState, plane.streams()]).toEqual([socket.OPEN, 50]);
  send({ id: 's7', type: 'complete' });
  await until(() => plane.streams() === 49, 'one has ended');
  subscribe('again', VIEWER);
  expect(await answerTo('again')).toMatchObject({ type: 'next' });
});

it('canceled operations count while they are executing', async () => {
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let asked = 0;
  const plane = await startControlPlane({
    wrap: (control) => {
      const start: SupervisorControl['supervisor']['start'] = async (...args) => {
        asked += 1;
        await finished;
        return control.supervisor.start(...args);
      };
      return overriding(control, { supervisor: overriding(control.supervisor, { start }) });
    },
  });
  const front = await serveAlso(plane);
  const { init, subscribe, answerTo, send } = await openSocket(front);
  await init(front.token);
  for (let n = 0; n < 200; n += 1) {
    subscribe(`o${n}`, 'mutation { startApp(input: { app: { name: "a" } }) { __typename } }');
    send({ id: `o${n}`, type: 'complete' });
  }
  subscribe('more', VIEWER);
  expect(await answerTo('more')).toMatchObject(TOO_MANY);
  expect(asked).toBe(50);
  finish();
  await until(async () => {
    const id = `again ${performance.now()}`;
    subscribe(id, VIEWER);
    return (await answerTo(id)).type === 'next';
  }, 'there is room again');
});

it('does not read from a client that sends requests and reads no responses, until it reads', async () => {
  const sockets = watchServerSockets();
  const front = await serveAlso(await startControlPlane());
  const { init, socket, messages, send } = await openSocket(front);
  await init(front.token);
  socket.pause();
  const payload = { text: 'x'.repeat(100_000) };
  for (let n = 0; n < 300; n += 1) send({ type: 'ping', payload });
  await until(() => sockets.at(front.port).some((own) => own.isPaused()), 'the server reads no more');
  expect(socket.bufferedAmount).toBeGreaterThan(5_000_000);
  socket.resume();
  await until(() => messages.filter(({ type }) => type === 'pong').length === 300, 'all are answered');
}, 30_000);

it('responds to pings', async () => {
  const front = await serveAlso(await startControlPlane());
  const { socket } = await openSocket(front);
  const pong = new Promise((resolve) => socket.once('pong', (data) => resolve(String(data))));
  socket.ping('hello');
  expect(await pong).toBe('hello');
});
