import { expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { until } from '../../support/until.ts';
import { openSocket, type RawSocket, serveAlso } from '../support.ts';

const LINES =
  'subscription { logs(last: 0) { ... on LogBatch { cursor lines } ... on StreamHeartbeat { cursor } } }';

interface Batch {
  readonly cursor: string;
  readonly lines?: readonly string[];
}

/** The payloads that a socket received for an operation. */
function batchesOf({ messages }: RawSocket, id = 's'): readonly Batch[] {
  return messages
    .filter((message) => message.id === id && message.type === 'next')
    .map(({ payload }) => (payload as { data: { logs: Batch } }).data.logs);
}

const linesOf = (socket: RawSocket, id = 's'): readonly string[] =>
  batchesOf(socket, id).flatMap(({ lines = [] }) => lines);

/** Counts the reads of the log from now on. */
function countReads(plane: ControlPlane): () => number {
  let reads = 0;
  plane.interpose.follow = (query, after, limit) => {
    reads += 1;
    return plane.realLogs.follow(query, after, limit);
  };
  return () => reads;
}

async function arrange() {
  const plane = await startControlPlane();
  const front = await serveAlso(plane);
  await plane.addApp('alpha');
  return {
    plane,
    async open(token = front.token, query = LINES): Promise<RawSocket> {
      const socket = await openSocket(front);
      await socket.init(token);
      socket.subscribe('s', query);
      await socket.answerTo('s');
      return socket;
    },
    token: (name: string, role: 'VIEWER' | 'OPERATOR' | 'ADMIN') =>
      plane.access.create({ name, role, expiresAt: null }),
  };
}

/** Prints a line and waits until all have it. */
async function settle(plane: ControlPlane, sockets: readonly RawSocket[], line: string): Promise<void> {
  plane.print('alpha', [line]);
  await until(() => sockets.every((socket) => linesOf(socket).includes(line)), `all have "${line}"`);
}

it('twenty clients of one operation cost one read, and get the same bytes', async () => {
  const { plane, open } = await arrange();
  const sockets = await Promise.all(Array.from({ length: 20 }, () => open()));
  const frames = sockets.map(({ socket }) => {
    const seen: string[] = [];
    socket.on('message', (data) => seen.push(String(data)));
    return seen;
  });
  await settle(plane, sockets, 'first');
  const reads = countReads(plane);
  await settle(plane, sockets, 'second');
  expect(reads()).toBeLessThan(5);
  expect(new Set(frames.map((seen) => seen.join('\n'))).size).toBe(1);
});

it('streams of two roles, or of two addresses of the server, are never shared', async () => {
  const { plane, open, token } = await arrange();
  const url = 'subscription { logs(last: 0) { ... on LogBatch { cursor lines entries { app { url } } } } }';
  const front = await serveAlso(plane);
  const elsewhere = await openSocket({ url: front.url.replace('127.0.0.1', 'localhost') });
  await elsewhere.init(front.token);
  const viewer = await open(token('viewer', 'VIEWER').text, url);
  const admin = await open(undefined, url);
  elsewhere.subscribe('s', url);
  await elsewhere.answerTo('s');
  await settle(plane, [viewer, admin, elsewhere], 'first');
  const reads = countReads(plane);
  await settle(plane, [viewer, admin, elsewhere], 'second');
  expect(reads()).toBeGreaterThanOrEqual(3);
  const urlOf = ({ messages }: RawSocket) =>
    /"url":"http:..([^:"]+)/.exec(JSON.stringify(messages.at(-1)))?.[1];
  expect([urlOf(admin), urlOf(elsewhere)]).toEqual(['127.0.0.1', 'localhost']);
});

it('clients that continue from different cursors share what comes after', async () => {
  const { plane, open } = await arrange();
  const first = await open();
  await settle(plane, [first], 'one');
  const [cursor] = batchesOf(first).flatMap(({ cursor, lines }) => (lines ? [cursor] : []));
  await settle(plane, [first], 'two');
  const query = 'subscription S($a: Cursor) { logs(after: $a) { ... on LogBatch { cursor lines } } }';
  const others = await Promise.all(
    [null, cursor].map(async (after) => {
      const socket = await open(undefined, LINES);
      socket.send({ id: 't', type: 'subscribe', payload: { query, variables: { a: after } } });
      await until(() => linesOf(socket, 't').includes('two'), 'the backlog has come');
      return socket;
    }),
  );
  plane.print('alpha', ['three']);
  await until(() => others.every((socket) => linesOf(socket, 't').includes('three')), 'they are live');
  const reads = countReads(plane);
  plane.print('alpha', ['four']);
  await until(() => others.every((socket) => linesOf(socket, 't').includes('four')), 'they have it');
  // One for the clients without `after`, and one for both of these.
  expect(reads()).toBeLessThan(7);
  expect(
    others.map((socket) => linesOf(socket, 't').filter((line) => /^(two|three|four)$/.test(line))),
  ).toEqual([
    ['two', 'three', 'four'],
    ['two', 'three', 'four'],
  ]);
});

it('a client whose token is revoked leaves the others alone', async () => {
  const { plane, open, token } = await arrange();
  const {
    token: { id },
    text,
  } = token('guest', 'ADMIN');
  const [guest, other] = [await open(text), await open()];
  await settle(plane, [guest, other], 'before');
  plane.access.revoke(id);
  expect((await guest.closed).code).toBe(4403);
  await settle(plane, [other], 'after');
  expect(linesOf(guest)).toEqual(['before']);
  expect(plane.streams()).toBe(1);
  other.socket.terminate();
  await until(() => plane.streams() === 0, 'nothing listens any more');
});

it('clients that join late, stop in the middle, or read nothing for a while get every line once', async () => {
  const { plane, open } = await arrange();
  const steady = await open();
  const slow = await open();
  await settle(plane, [steady, slow], 'start');
  const begin = batchesOf(steady).at(-1)?.cursor ?? '';
  slow.socket.pause();
  const rounds = 24;
  const expected: string[] = ['start'];
  const print = async (round: number) => {
    const lines = Array.from({ length: 500 }, (_, n) => `${round}:${n} `.padEnd(1_000, '.'));
    expected.push(...lines);
    plane.print('alpha', lines);
    await until(() => linesOf(steady).length === expected.length, `round ${round} has come`, 20_000);
  };
  for (let round = 0; round < rounds / 2; round += 1) await print(round);
  const late = await open(
    undefined,
    `subscription { logs(after: "${begin}") { ... on LogBatch { cursor lines } } }`,
  );
  const stopping = await open();
  const from = expected.length;
  for (let round = rounds / 2; round < rounds - 4; round += 1) await print(round);
  await until(() => linesOf(stopping).length > 0, 'it has begun');
  stopping.send({ id: 's', type: 'complete' });
  await until(() => plane.streams() === 3, 'it has stopped');
  const stoppedAt = batchesOf(stopping).at(-1)?.cursor ?? '';
  for (let round = rounds - 4; round < rounds; round += 1) await print(round);
  stopping.send({
    id: 'again',
    type: 'subscribe',
    payload: { query: `subscription { logs(after: "${stoppedAt}") { ... on LogBatch { cursor lines } } }` },
  });
  expect(linesOf(slow).length, 'the slow one has not got everything').toBeLessThan(expected.length);
  slow.socket.resume();
  await until(() => linesOf(slow).length >= expected.length, 'the slow one has caught up', 20_000);
  await until(() => linesOf(late).length >= expected.length - 1, 'the late one has everything', 20_000);
  const after = () => [...linesOf(stopping), ...linesOf(stopping, 'again')];
  await until(() => after().length >= expected.length - from, 'so has the one that stopped', 20_000);
  expect(linesOf(slow)).toEqual(expected);
  expect(linesOf(late)).toEqual(expected.slice(1));
  expect(after()).toEqual(expected.slice(from));
  await settle(plane, [steady, slow, late], 'end');
  const reads = countReads(plane);
  await settle(plane, [steady, slow], 'shared again');
  expect(reads()).toBeLessThan(9);
});
