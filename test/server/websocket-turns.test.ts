import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/until.ts';
import { ask, openSocket, queryBy, type RawSocket, serveAlso } from './support.ts';

const PING = 0x89;
const TEXT = 0x81;

/** A short frame of a client, with a mask of zeros. */
function frame(kind: number, text: string): Buffer {
  const body = Buffer.from(text);
  if (body.length > 125) throw new Error('too long for this');
  return Buffer.concat([Buffer.from([kind, 0x80 | body.length, 0, 0, 0, 0]), body]);
}

function connectionOf(socket: WebSocket): { write(bytes: Buffer): void } {
  return (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
}

function protocolPings({ socket }: RawSocket): () => number {
  let pongs = 0;
  socket.on('pong', () => {
    pongs += 1;
  });
  return () => pongs;
}

const pongsOf =
  ({ messages }: RawSocket) =>
  () =>
    messages.filter(({ type }) => type === 'pong').length;

const operationsOf =
  ({ messages }: RawSocket) =>
  () =>
    new Set(messages.map(({ id }) => id)).size;

it.each([
  ['pings of the protocol', protocolPings, () => frame(PING, '')],
  ['pings of GraphQL', pongsOf, () => frame(TEXT, '{"type":"ping"}')],
  [
    'operations that it does not wait for',
    operationsOf,
    (n: number) => frame(TEXT, `{"id":"${n}","type":"subscribe","payload":{"query":"{ viewer { name } }"}}`),
  ],
])(
  'a socket that floods %s gets one turn at a time, and others are served in between',
  async (_, count, make) => {
    const FLOOD = 20_000;
    const front = await serveAlso(await startControlPlane());
    const flooder = await openSocket(front);
    await flooder.init(front.token);
    // The first request creates objects that this test does not count.
    await ask(front, queryBy(front.token, '{ viewer { name } }'));
    const answered = count(flooder);
    connectionOf(flooder.socket).write(Buffer.concat(Array.from({ length: FLOOD }, (_, n) => make(n))));
    await until(() => answered() > 0, 'the flood has arrived');
    for (let n = 0; n < 5; n += 1) {
      expect((await ask(front, queryBy(front.token, '{ viewer { name } }'))).status).toBe(200);
    }
    expect(answered()).toBeLessThan(FLOOD / 2);
    flooder.socket.terminate();
  },
  30_000,
);

it('refuses a message in thousands of frames', async () => {
  const front = await serveAlso(await startControlPlane());
  const { socket, closed } = await openSocket(front);
  const frames = Array.from({ length: 2_000 }, () => frame(0x00, ''));
  connectionOf(socket).write(Buffer.concat([frame(0x01, 'x'), ...frames]));
  expect((await closed).code).toBe(1008);
});
