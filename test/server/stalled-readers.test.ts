import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createStalledReaders } from '../../src/server/stalled-readers.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { watchServerSockets } from '../support/server-sockets.ts';
import { until } from '../support/until.ts';
import { type Front, openSocket, queryBy, serveAlso } from './support.ts';

const LINES = 'subscription { logs(last: 0) { __typename ... on LogBatch { lines } } }';
const BURST = Array.from({ length: 30_000 }, (_, n) => `line ${n} `.padEnd(1_000, '.'));

/** An app, and a server whose clock the test controls. */
async function arrange() {
  const sockets = watchServerSockets();
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  let underWay = 0;
  plane.interpose.follow = async (query, after, limit) => {
    underWay += 1;
    try {
      return await plane.realLogs.follow(query, after, limit);
    } finally {
      underWay -= 1;
    }
  };
  const clock = createManualClock();
  const front = await serveAlso(plane, { clock });
  return {
    ...{ plane, clock, front },
    /** Resolves when a stream has filled all buffers to its client. */
    async stalled(): Promise<void> {
      plane.print('alpha', BURST);
      await sockets.stalled(front.port, () => underWay);
      // The time counts from the last check that found progress.
      await clock.advance(5_000);
    },
  };
}

/** A stream over Server-Sent Events that is read only after `resume`. */
function openEvents(front: Front): Promise<IncomingMessage> {
  const { body, ...what } = queryBy(front.token, LINES);
  return new Promise((resolve, reject) => {
    const headers = { ...what.headers, Accept: 'text/event-stream' };
    const call = request({
      ...what,
      host: '127.0.0.1',
      port: front.port,
      path: '/graphql',
      headers,
      agent: false,
    });
    onTestFinished(() => void call.destroy());
    call.once('error', reject).once('response', (response) => {
      response.on('error', () => {});
      resolve(response);
    });
    call.end(body);
  });
}

it('closes a WebSocket whose client reads nothing for 30 s, but not one that reads some', async () => {
  const { plane, clock, front, stalled } = await arrange();
  const { socket, init, subscribe, messages } = await openSocket(front);
  await init(front.token);
  subscribe('s', LINES);
  await until(() => plane.streams() === 1, 'it listens');
  socket.pause();
  await stalled();
  await clock.advance(20_000);
  expect(plane.streams()).toBe(1);
  const before = messages.length;
  socket.resume();
  await until(() => messages.length > before + 10, 'it reads some');
  socket.pause();
  await stalled();
  await clock.advance(25_000);
  expect(plane.streams(), 'its time began again').toBe(1);
  await clock.advance(10_000);
  await until(() => plane.streams() === 0, 'its stream is gone');
  expect(socket.readyState).not.toBe(socket.CLOSED);
}, 60_000);

it('disconnects a client of Server-Sent Events that reads nothing for 30 s', async () => {
  const { plane, clock, front, stalled } = await arrange();
  await openEvents(front);
  await until(() => plane.streams() === 1, 'it listens');
  await stalled();
  await clock.advance(20_000);
  expect(plane.streams()).toBe(1);
  await clock.advance(15_000);
  await until(() => plane.streams() === 0, 'its stream is gone');
}, 60_000);

it('never disconnects a client for which no data waits, and forgets closed connections', async () => {
  const { plane, clock, front } = await arrange();
  const { socket, init, subscribe } = await openSocket(front);
  await init(front.token);
  subscribe('s', 'subscription { logs(last: 0) { __typename } }');
  await openEvents(front);
  await until(() => plane.streams() >= 1, 'they listen');
  await clock.advance(300_000);
  expect(socket.readyState).toBe(socket.OPEN);
  socket.terminate();
  await front.server.close();
  await until(() => plane.streams() === 0, 'nobody listens any more');
  expect(clock.pending()).toBe(0);
}, 30_000);

it('a large response can take long while its client reads', async () => {
  const clock = createManualClock();
  const server = createHttpServer((_, response) => response.end(Buffer.alloc(80_000_000)));
  const readers = createStalledReaders(clock, { info() {}, warn() {}, error() {} });
  server.on('connection', readers.watch);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    readers.stop();
    server.closeAllConnections();
    server.close();
  });
  readers.start();
  const socket = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let received = 0;
  let wanted = 0;
  let closed = false;
  socket.on('error', () => {});
  socket.once('close', () => {
    closed = true;
  });
  socket.on('data', (chunk) => {
    received += chunk.length;
    if (received >= wanted) socket.pause();
  });
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  // More than the buffers of the system hold, so part of it must have left the server.
  for (wanted = 15_000_000; wanted < 70_000_000; wanted += 15_000_000) {
    socket.resume();
    await until(() => received >= wanted, 'it reads some');
    await clock.advance(25_000);
  }
  expect(closed).toBe(false);
  await clock.advance(35_000);
  socket.resume();
  await until(() => closed, 'it is cut off');
  expect(received).toBeLessThan(80_000_000);
}, 30_000);
