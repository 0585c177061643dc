import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProber } from '../../../src/drivers/local/prober.ts';
import { freePort } from '../../support/local-driver.ts';

const prober = createProber();
const servers: Server[] = [];
let origin: string;

beforeEach(async () => {
  const server = createHttpServer((request, response) => {
    const [, what, value] = (request.url ?? '').split('/', 3);
    if (what === 'status')
      response.writeHead(Number.parseInt(value ?? '', 10)).end('a body '.repeat(100_000));
    else if (what === 'to') response.writeHead(302, { location: decodeURIComponent(value ?? '') }).end();
    else if (what === 'nowhere') response.writeHead(302).end();
    else if (what === 'endless') response.writeHead(200).write('more and more');
    else if (what === 'agent') response.writeHead(request.headers.connection === 'close' ? 204 : 500).end();
  });
  origin = `http://127.0.0.1:${await listen(server)}`;
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server)
      (server as ReturnType<typeof createHttpServer>).closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

const to = (url: string): string => `${origin}/to/${encodeURIComponent(url)}`;

test.each(['/status/200', '/status/204', '/status/299', '/endless', '/agent'])(
  'A11: GET %s passes',
  async (path) => {
    expect(await prober.probe(`${origin}${path}`, 5_000)).toEqual({ ok: true });
  },
);

test.each([
  ['/status/404', 404, 'GET /status/404 answered 404'],
  ['/status/500?a=b', 500, 'GET /status/500?a=b answered 500'],
  ['/status/304', 304, 'GET /status/304 answered 304'],
  ['/nowhere', 302, 'GET /nowhere answered 302'],
])('A11: GET %s does not pass', async (path, status, reason) => {
  expect(await prober.probe(`${origin}${path}`, 5_000)).toEqual({ ok: false, status, reason });
});

test('A11: redirects are followed, absolute and relative, and the last answer counts', async () => {
  expect(await prober.probe(to('/status/200'), 5_000)).toEqual({ ok: true });
  expect(await prober.probe(to(`${origin}/status/204`), 5_000)).toEqual({ ok: true });
  const failure = { ok: false, status: 503, reason: 'GET /status/503 answered 503' };
  expect(await prober.probe(to('../status/503'), 5_000)).toEqual(failure);
});

test('redirects end somewhere', async () => {
  const loop = createHttpServer((_request, response) => response.writeHead(307, { location: '/' }).end());
  const port = await listen(loop);
  const result = await prober.probe(`http://127.0.0.1:${port}/`, 5_000);
  expect(result).toMatchObject({
    ok: false,
    status: 307,
    reason: 'GET / answered 307: more than 5 redirects',
  });
});

test.each([
  ['https://127.0.0.1/login', 'it redirects to https://127.0.0.1, and only http: is followed'],
  ['file:///etc/passwd', 'it redirects to null, and only http: is followed'],
])('a redirect to %s is not followed', async (url, reason) => {
  expect(await prober.probe(to(url), 5_000)).toEqual({ ok: false, status: null, reason });
});

test('no answer in time', async () => {
  expect(await prober.probe(`${origin}/hang`, 50)).toEqual({
    ok: false,
    status: null,
    reason: 'no answer within 0.05 s',
  });
});

test('nobody there', async () => {
  const port = await freePort();
  const reason = `connect ECONNREFUSED 127.0.0.1:${port}`;
  expect(await prober.probe(`http://127.0.0.1:${port}/`, 5_000)).toEqual({ ok: false, status: null, reason });
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
  const result = await prober.probe(`http://127.0.0.1:${chatty}/`, 5_000);
  expect(result).toMatchObject({
    ok: false,
    status: null,
    reason: expect.stringContaining('the answer is not HTTP'),
  });
  const silent = await listen(createServer((socket) => socket.on('error', () => {}).destroy()));
  expect(await prober.probe(`http://127.0.0.1:${silent}/`, 5_000)).toMatchObject({ ok: false, status: null });
});

test('an address that is none is a failure like any other', async () => {
  expect(await prober.probe('nonsense', 5_000)).toMatchObject({
    ok: false,
    status: null,
    reason: 'Invalid URL',
  });
});

test('a reason that shows what an app answered is cut', async () => {
  const result = await prober.probe(to(`http://[${'x'.repeat(5_000)}`), 5_000);
  expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/^.{500}$/) });
});
