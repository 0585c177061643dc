import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProber } from '../../../src/drivers/local/prober.ts';
import { freePort } from '../../support/local-driver.ts';

const prober = createProber();
const servers: Server[] = [];
let port: number;
let asked: string[];

beforeEach(async () => {
  asked = [];
  const server = createHttpServer((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    const [, what, value] = (request.url ?? '').split('/', 3);
    if (what === 'status')
      response.writeHead(Number.parseInt(value ?? '', 10)).end('a body '.repeat(100_000));
    else if (what === 'to') response.writeHead(302, { location: decodeURIComponent(value ?? '') }).end();
    else if (what === 'nowhere') response.writeHead(302).end();
    else if (what === 'endless') response.writeHead(200).write('more and more');
    else if (what === 'agent') {
      const { connection, 'user-agent': agent } = request.headers;
      response.writeHead(connection === 'close' && agent === 'any' ? 204 : 500).end();
    }
  });
  port = await listen(server);
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server)
      (server as ReturnType<typeof createHttpServer>).closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server, address = '127.0.0.1'): Promise<number> {
  servers.push(server);
  await once(server.listen(0, address), 'listening');
  return (server.address() as AddressInfo).port;
}

const to = (url: string): string => `/to/${encodeURIComponent(url)}`;
const ask = (path: string, timeout = 5_000) =>
  prober.probe({ address: '127.0.0.1', port, path, userAgent: 'any' }, timeout);

test.each(['/status/200', '/status/204', '/status/299', '/endless', '/agent'])(
  'A11: GET %s passes',
  async (path) => {
    expect(await ask(path)).toEqual({ ok: true });
  },
);

test.each([
  ['/status/404', 404, 'GET /status/404 answered 404'],
  ['/status/500?a=b', 500, 'GET /status/500?a=b answered 500'],
  ['/status/304', 304, 'GET /status/304 answered 304'],
  ['/nowhere', 302, 'GET /nowhere answered 302'],
])('A11: GET %s does not pass', async (path, status, reason) => {
  expect(await ask(path)).toEqual({ ok: false, status, reason });
});

test('A11: redirects are followed, absolute and relative, and the last answer counts', async () => {
  expect(await ask(to('/status/200'))).toEqual({ ok: true });
  expect(await ask(to(`http://localhost:${port}/status/204`))).toEqual({ ok: true });
  const failure = { ok: false, status: 503, reason: 'GET /status/503 answered 503' };
  expect(await ask(to('../status/503'))).toEqual(failure);
});

test('redirects end somewhere', async () => {
  const loop = createHttpServer((_request, response) => response.writeHead(307, { location: '/' }).end());
  const result = await prober.probe(
    { address: '127.0.0.1', port: await listen(loop), path: '/', userAgent: 'any' },
    5_000,
  );
  expect(result).toMatchObject({
    ok: false,
    status: 307,
    reason: 'GET / answered 307: more than 5 redirects',
  });
});

test('A11: it asks for localhost and the port, whatever address it connects to', async () => {
  await ask(to('/status/200'));
  expect(asked).toEqual([`localhost:${port} ${to('/status/200')}`, `localhost:${port} /status/200`]);
  const six = createHttpServer((request, response) =>
    response.writeHead(request.headers.host?.startsWith('localhost:') ? 200 : 400).end(),
  );
  const target = { address: '::1', port: await listen(six, '::1'), path: '/', userAgent: 'any' };
  expect(await prober.probe(target, 5_000)).toEqual({ ok: true });
});

test('A11: a redirect to another host, port or scheme is not followed: nothing else is asked', async () => {
  let others = 0;
  const other = await listen(
    createHttpServer((_request, response) => {
      others += 1;
      response.end();
    }),
  );
  for (const [url, place] of [
    [`http://localhost:${other}/secret`, `http://localhost:${other}`],
    [`http://127.0.0.1:${other}/`, `http://127.0.0.1:${other}`],
    [`http://127.0.0.1:${port}/status/200`, `http://127.0.0.1:${port}`],
    [`//192.0.2.1:${port}/`, `http://192.0.2.1:${port}`],
    [`https://localhost:${port}/login`, `https://localhost:${port}`],
    ['file:///etc/passwd', 'file:'],
  ] as const) {
    const reason = `GET ${to(url)} answered 302, a redirect to ${place}, which is not followed`;
    expect(await ask(to(url))).toEqual({ ok: false, status: 302, reason });
  }
  expect(others).toBe(0);
});

test('no answer in time', async () => {
  expect(await ask('/hang', 50)).toEqual({
    ok: false,
    status: null,
    reason: 'no answer within 0.05 s',
  });
});

test('no listener', async () => {
  const free = await freePort();
  const reason = `connect ECONNREFUSED 127.0.0.1:${free}`;
  expect(
    await prober.probe({ address: '127.0.0.1', port: free, path: '/', userAgent: 'any' }, 5_000),
  ).toEqual({
    ok: false,
    status: null,
    reason,
  });
});

test('what answers is not HTTP, or hangs up', async () => {
  const chatty = await listen(
    createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('220 mail ready\r\n'),
    ),
  );
  const result = await prober.probe(
    { address: '127.0.0.1', port: chatty, path: '/', userAgent: 'any' },
    5_000,
  );
  expect(result).toMatchObject({
    ok: false,
    status: null,
    reason: expect.stringContaining('the answer is not HTTP'),
  });
  const silent = await listen(createServer((socket) => socket.on('error', () => {}).destroy()));
  expect(
    await prober.probe({ address: '127.0.0.1', port: silent, path: '/', userAgent: 'any' }, 5_000),
  ).toMatchObject({
    ok: false,
    status: null,
  });
});

test('a reason that shows what an app answered is cut', async () => {
  const result = await ask(to(`http://[${'x'.repeat(5_000)}`));
  expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/^.{500}$/) });
});
