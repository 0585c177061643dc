import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { AppsDocument, ToeholdError } from '../../client/index.ts';
import { batch, gather, observe, texts } from './support.ts';

/** In seconds: more than the longest delay of the client itself (5 s). */
const RETRY_AFTER = 7;

/** Answers like a server that limits the rate: refuses WebSockets until `open` is called, and every request. */
async function limitedServer() {
  let limited = true;
  const refusal = {
    message: 'Too many requests',
    extensions: { code: 'RATE_LIMITED', retryAfter: RETRY_AFTER },
  };
  const http = createServer((_request, response) => {
    const headers = { 'retry-after': String(RETRY_AFTER), 'content-type': 'application/json' };
    response.writeHead(429, headers).end(JSON.stringify({ errors: [refusal] }));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'graphql-transport-ws' });
  http.on('upgrade', (request, socket, head) => {
    if (limited)
      socket.end(
        `HTTP/1.1 429 Too Many Requests\r\nRetry-After: ${RETRY_AFTER}\r\nConnection: close\r\n\r\n`,
      );
    else sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit('connection', accepted));
  });
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { type, id } = JSON.parse(String(data));
      const send = (message: object) => socket.send(JSON.stringify(message));
      if (type === 'connection_init') send({ type: 'connection_ack' });
      if (type === 'subscribe') send({ type: 'next', id, payload: { data: { logs: batch(1) } } });
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
    http.close();
  });
  const open = () => {
    limited = false;
  };
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, open };
}

test('a request that is refused for its rate says how long to wait', async () => {
  const { url } = await limitedServer();
  const refused = await observe(url)
    .toehold.request(AppsDocument)
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ToeholdError);
  expect(refused).toMatchObject({ code: 'RATE_LIMITED', retryAfter: RETRY_AFTER * 1_000 });
});

test('an error without a time from the server has none', () => {
  const told = (retryAfter: unknown) =>
    new ToeholdError('X', 'x', { errors: [{ message: 'x', extensions: { retryAfter } }] });
  expect(told(undefined).retryAfter).toBeUndefined();
  expect(told('7').retryAfter).toBeUndefined();
  expect(new ToeholdError('UNREACHABLE', 'x').retryAfter).toBeUndefined();
});

test('follow waits as long as the server says, and then continues', async () => {
  const { url, open } = await limitedServer();
  // Only this delay is held. The test ends it.
  const held: (() => void)[] = [];
  const original = globalThis.setTimeout;
  const set = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((
    run: () => void,
    ms = 0,
    ...rest: []
  ) => {
    if (ms !== RETRY_AFTER * 1_000) return original(run, ms, ...rest);
    held.push(run);
    return original(() => {}, 0);
  }) as typeof setTimeout);
  onTestFinished(() => set.mockRestore());

  const { toehold, sockets } = observe(url);
  const stop = new AbortController();
  const following = gather(toehold.follow.logs({ signal: stop.signal, status: true }));
  await following.has(({ kind }) => kind === 'status');
  expect(following.items).toMatchObject([
    {
      kind: 'status',
      state: 'away',
      attempt: 1,
      retryIn: RETRY_AFTER * 1_000,
      error: { code: 'RATE_LIMITED' },
    },
  ]);
  await expect.poll(() => held.length).toBe(1);
  expect(sockets).toHaveLength(1);
  open();
  held[0]?.();
  await following.has((item) => item.kind === 'line');
  expect(texts(following.items)).toEqual(['line 1']);
  expect(sockets).toHaveLength(2);
  stop.abort();
  await following.done;
});
