import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { httpFetch } from '../../../src/cli/servers/http.ts';

async function listen(answer: RequestListener) {
  const connections: Socket[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  });
  server.on('connection', (socket) => connections.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
  return { url, connections, requests: () => requests };
}

test('requests share a connection, which is checked once before it is made', async () => {
  const { url, connections } = await listen((request, response) => request.pipe(response));
  let checks = 0;
  const fetch = httpFetch({
    beforeConnect: () => {
      checks += 1;
    },
  });
  for (const body of ['one', 'zwei 🐾']) {
    const answer = await fetch(url, { method: 'POST', body });
    expect([answer.status, await answer.text()]).toEqual([200, body]);
  }
  expect([connections.length, checks]).toEqual([1, 1]);
  const [first] = connections;
  if (first) {
    first.destroy();
    await once(first, 'close');
  }
  // The client sees the end of the connection a moment later.
  await expect
    .poll(() =>
      fetch(url).then(
        ({ status }) => status,
        () => null,
      ),
    )
    .toBe(200);
  expect([connections.length, checks]).toEqual([2, 2]);
});

test('a refused check sends nothing', async () => {
  const { url, connections } = await listen((_request, response) => response.end());
  const fetch = httpFetch({
    beforeConnect: () => {
      throw new Error('not to them');
    },
  });
  await expect(fetch(url, { method: 'POST', body: 'secret' })).rejects.toThrow('not to them');
  expect(connections).toEqual([]);
});

test('an abort, a broken answer, and a redirect are failures', async () => {
  const server = await listen((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: '/graphql' }).end();
    else if (request.url === '/broken') {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half', () => response.destroy());
    }
  });
  const fetch = httpFetch();
  await expect(fetch(new URL('/redirect', server.url))).rejects.toThrow('redirects');
  const broken = await fetch(new URL('/broken', server.url));
  await expect(broken.text()).rejects.toThrow();
  const abort = new AbortController();
  const waiting = fetch(server.url, { signal: abort.signal });
  await expect.poll(server.requests).toBe(3);
  abort.abort();
  await expect(waiting).rejects.toThrow('abort');
});
