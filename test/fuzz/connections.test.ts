import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTarget, type Target } from './target.ts';

const RUNS = 200;
/** So long may the server take to answer, or to hang up. */
const PATIENCE = 20_000;

const NAME = fc.oneof(
  fc.constantFrom(
    ...[
      'Host',
      'Origin',
      'Authorization',
      'Content-Type',
      'Content-Length',
      'Transfer-Encoding',
      'Connection',
      'Upgrade',
    ],
    ...[
      'Cookie',
      'Accept',
      'Accept-Encoding',
      'If-None-Match',
      'X-Forwarded-For',
      'Sec-WebSocket-Key',
      'Expect',
      'Range',
    ],
  ),
  fc.stringMatching(/^[A-Za-z-]{1,12}$/),
);
const VALUE = fc.oneof(
  fc.constantFrom(
    '127.0.0.1',
    'evil.example',
    'localhost:1',
    'null',
    'Bearer x',
    'Basic eDp5',
    'application/json',
    'chunked',
    '0',
    '-1',
    '99999999999',
  ),
  fc.constantFrom(
    'text/html',
    'text/event-stream',
    'websocket',
    'upgrade',
    '100-continue',
    'bytes=0-',
    'multipart/mixed',
    '*/*',
    'gzip;q=0, br',
  ),
  fc.stringMatching(/^[ -~]{0,40}$/),
);
const REQUEST = fc
  .record({
    method: fc.oneof(
      fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'CONNECT', 'TRACE'),
      fc.stringMatching(/^[A-Z]{1,8}$/),
    ),
    path: fc.oneof(
      fc.constantFrom(
        '/',
        '/graphql',
        '/graphql?query={__typename}',
        '/login?once=x',
        '/logout',
        '/metrics',
        '/readyz',
        '//',
        '/../..',
        'http://evil.example/graphql',
        '*',
      ),
      fc.webPath().map((path) => `/${path}`),
    ),
    headers: fc.array(fc.tuple(NAME, VALUE), { maxLength: 8 }),
    body: fc.oneof(fc.constant(''), fc.json(), fc.string({ unit: 'binary' })),
    end: fc.constantFrom('\r\n', '\n', '\r\n\r\n'),
  })
  .map(({ method, path, headers, body, end }) =>
    Buffer.from(
      `${method} ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}${'\r\n'}`).join('')}${end}${body}`,
    ),
  );

test('whatever comes over a connection is answered, or hung up on', { timeout: 120_000 }, async () => {
  const target = await startTarget();
  const bytes = fc.oneof(
    { weight: 4, arbitrary: REQUEST },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (sent) => {
      const socket = connect(Number(target.url.port), target.url.hostname);
      let answer = '';
      socket.on('data', (part) => {
        answer += part.toString('latin1');
      });
      // A connection that is cut while it is written to is hung up on, too.
      socket.on('error', () => {});
      socket.end(sent);
      await within(once(socket, 'close'), 'the connection ends');
      expect(answer).toMatch(/^(HTTP\/1\.1 [1-4]\d\d |$)/);
    }),
    { numRuns: RUNS },
  );
  await target.unharmed();
});

const MESSAGE = fc.oneof(
  fc
    .record(
      {
        type: fc.oneof(
          fc.constantFrom('connection_init', 'subscribe', 'complete', 'ping', 'pong', 'next', 'start'),
          fc.string(),
        ),
        id: fc.oneof(fc.constantFrom('1', '2', ''), fc.anything()),
        payload: fc.oneof(
          fc.constantFrom(
            { query: '{ __typename }' },
            { query: 'subscription { events { __typename } }' },
            { query: 'subscription { logs(last: 9999) { __typename } }' },
            { query: '{' },
            { authorization: 'Bearer x' },
          ),
          fc.anything(),
        ),
      },
      { requiredKeys: ['type'] },
    )
    .map((message) => JSON.stringify(message) ?? 'null'),
  fc.json(),
  fc.uint8Array({ maxLength: 200 }),
);

test('whatever comes over a WebSocket, logged in or not, is answered or ends that socket', {
  timeout: 120_000,
}, async () => {
  const target = await startTarget();
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(MESSAGE, { maxLength: 6 }),
      fc.uint8Array({ maxLength: 40 }),
      async (known, messages, raw) => {
        const socket = await open(target);
        if (known)
          socket.send(
            JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${target.token}` } }),
          );
        for (const message of messages) if (socket.readyState === WebSocket.OPEN) socket.send(message);
        await answered(socket);
        const gone = once(socket, 'close');
        // Bytes that are no frame, and an end without goodbye.
        const { _socket: wire } = socket as unknown as { _socket: import('node:net').Socket | null };
        if (socket.readyState === WebSocket.OPEN && raw.length > 0) wire?.write(raw);
        socket.terminate();
        if (socket.readyState !== WebSocket.CLOSED) await within(gone, 'the socket ends');
      },
    ),
    { numRuns: RUNS },
  );
  await target.unharmed();
});

async function open({ url }: Target): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${url.host}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => {});
  await within(once(socket, 'open'), 'the socket opens');
  return socket;
}

/** Everything that was sent has been read: a ping behind it is answered, or the server has hung up. */
async function answered(socket: WebSocket): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return;
  const told = new Promise<void>((resolve) => {
    socket.once('pong', () => resolve());
    socket.once('close', () => resolve());
  });
  socket.ping();
  await within(told, 'the socket answers');
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not in ${PATIENCE} ms: ${what}`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
