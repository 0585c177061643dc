import { createConnection } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHostCheck } from '../../src/server/hosts.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { ask, codeOf, openSocket, queryBy, serveAlso } from './support.ts';

const VIEWER = '{ viewer { name } }';
const PATHS = ['/graphql', '/login', '/healthz', '/readyz', '/metrics', '/', '/nothing'];

async function front(options: Parameters<typeof serveAlso>[1] = {}) {
  return serveAlso(await startControlPlane(), options);
}

/** The response to exactly these bytes. */
async function say(port: number, text: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.setEncoding('utf8').write(text);
  let answer = '';
  for await (const chunk of socket) {
    answer += chunk;
    if (answer.includes('\r\n\r\n')) break;
  }
  return answer;
}

describe('Host', () => {
  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:3000', 'a@b'])(
    'a page that made %j resolve to this machine is refused, whatever it requests',
    async (host) => {
      const server = await front();
      for (const path of PATHS) {
        const answer = await ask(server, { path, headers: { Host: host } });
        expect([path, answer.status]).toEqual([path, 421]);
      }
      const what = queryBy(server.token, VIEWER);
      const answer = await ask(server, { ...what, headers: { ...what.headers, Host: host } });
      expect([answer.status, codeOf(answer)]).toEqual([421, 'MISDIRECTED_REQUEST']);
      await expect(openSocket(server, { Host: host })).rejects.toThrow('421');
    },
  );

  it.each([
    '127.0.0.1',
    '192.168.1.5:3000',
    '[::1]:3000',
    'localhost',
    'LocalHost:99',
    'panel.lan',
    'Panel.Lan:8080',
  ])('accepts %s', async (host) => {
    const server = await front({ allowedHosts: ['panel.lan'] });
    const what = queryBy(server.token, VIEWER);
    const answer = await ask(server, { ...what, headers: { ...what.headers, Host: host } });
    expect(answer.status).toBe(200);
  });
});

it('accepts the name that the server listens on', () => {
  const isOurs = createHostCheck('My-Box', []);
  expect(['my-box', 'MY-BOX:3000', 'other-box', 'my-box.evil.example', undefined].map(isOurs)).toEqual([
    ...[true, true, false, false, false],
  ]);
});

describe('Origin', () => {
  it.each(['http://evil.example', 'null', 'http://127.0.0.1:1', 'https://localhost', 'nonsense', 'file://'])(
    'a page of %s is refused, with or without a token, over HTTP and WebSocket',
    async (origin) => {
      const server = await front();
      for (const path of PATHS) {
        const answer = await ask(server, { path, headers: { Origin: origin } });
        expect([path, answer.status]).toEqual([path, 403]);
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      }
      const what = queryBy(server.token, VIEWER);
      const answer = await ask(server, { ...what, headers: { ...what.headers, Origin: origin } });
      expect([answer.status, codeOf(answer)]).toEqual([403, 'FORBIDDEN']);
      const authorization = `Bearer ${server.token}`;
      await expect(openSocket(server, { Origin: origin, authorization })).rejects.toThrow('403');
    },
  );

  it('pages of the server are accepted, even behind a TLS proxy', async () => {
    const server = await front({ allowedHosts: ['panel.example'] });
    const pairs = [
      [`127.0.0.1:${server.port}`, `http://127.0.0.1:${server.port}`],
      ['localhost', 'http://localhost'],
      ['panel.example', 'https://panel.example'],
      ['panel.example:443', 'https://panel.example'],
    ] as const;
    for (const [host, origin] of pairs) {
      const what = queryBy(server.token, VIEWER);
      const answer = await ask(server, { ...what, headers: { ...what.headers, Host: host, Origin: origin } });
      expect([origin, answer.status]).toEqual([origin, 200]);
    }
    await openSocket(server, { Origin: server.url });
  });

  it('a script, which has no origin, needs a token', async () => {
    const server = await front();
    const answer = await ask(server, queryBy(null, VIEWER));
    expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
    expect((await ask(server, queryBy(server.token, VIEWER))).status).toBe(200);
  });

  it('images and scripts cannot be loaded by pages of other sites', async () => {
    const server = await front({ auth: false });
    const path = `/graphql?query=${encodeURIComponent(VIEWER)}`;
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'no-cors' };
      expect((await ask(server, { path, headers })).status).toBe(403);
    }
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', Accept: 'text/html' };
    expect((await ask(server, { path, headers: link })).status, 'a link that leads here').toBe(200);
  });

  it('pages of other origins are refused even if tokens are not required', async () => {
    const server = await front({ auth: false });
    const what = queryBy(null, VIEWER);
    expect((await ask(server, what)).status).toBe(200);
    expect((await ask(server, { ...what, headers: { ...what.headers, Host: 'evil.example' } })).status).toBe(
      421,
    );
    expect((await ask(server, { ...what, headers: { ...what.headers, Origin: 'http://a.b' } })).status).toBe(
      403,
    );
  });
});

describe('CORS', () => {
  const panel = 'https://panel.example';
  const preflight = {
    method: 'OPTIONS',
    headers: { Origin: panel, 'Access-Control-Request-Method': 'POST' },
  };

  it('is for allowed origins only, and without credentials', async () => {
    const server = await front({ allowedOrigins: [panel] });
    const asked = await ask(server, preflight);
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': panel,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': expect.stringContaining('Authorization'),
      vary: 'Origin',
    });
    const what = queryBy(server.token, VIEWER);
    const answer = await ask(server, { ...what, headers: { ...what.headers, Origin: panel } });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, panel]);
    expect(answer.headers.vary).toContain('Origin');
    for (const { headers } of [asked, answer])
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    await openSocket(server, { Origin: panel });

    const other = { ...preflight, headers: { ...preflight.headers, Origin: 'https://panel.example.evil' } };
    const refused = await ask(server, other);
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    const own = await ask(server, what);
    expect([own.headers.vary, own.headers['access-control-allow-origin']]).toEqual(['Origin', undefined]);
  });

  it('is off if no origin is allowed', async () => {
    const refused = await ask(await front(), preflight);
    expect(refused.status).toBe(403);
    expect(Object.keys(refused.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('every response', () => {
  it.each(PATHS)('%s has the security headers', async (path) => {
    const server = await front();
    for (const accept of ['text/html', 'application/json']) {
      const { headers } = await ask(server, { path, headers: { Accept: accept } });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': expect.stringContaining('camera=()'),
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
      expect(headers).not.toHaveProperty('set-cookie');
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });

  it.each(['/graphql', '/login'])('%s runs only its own scripts', async (path) => {
    const { headers } = await ask(await front(), { path, headers: { Accept: 'text/html' } });
    const policy = String(headers['content-security-policy']);
    const [, scripts = ''] = /script-src ([^;]+)/.exec(policy) ?? [];
    expect(scripts).toMatch(/^('sha256-[\w+/=]+' ?)+$/);
    expect(policy).toContain("default-src 'none'");
  });

  it('GraphQL responses, too, and they are not cached', async () => {
    const server = await front();
    const { headers } = await ask(server, queryBy(server.token, VIEWER));
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  });
});

describe('ambiguous requests', () => {
  const rest = 'Content-Type: application/json\r\n';

  it.each([
    ['two hosts', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n', 400],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['no host, as it was long ago', 'GET /healthz HTTP/1.0\r\n\r\n', 400],
    ['a whole URL', 'GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['a whole URL of others', 'GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['no path', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    [
      'two lengths',
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${rest}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      400,
    ],
    [
      'a length and chunks',
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${rest}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a space in a name', 'GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n', 400],
    ['huge headers', `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s: refused', async (_, text, status) => {
    const { port } = await front();
    expect(await say(port, text)).toMatch(
      new RegExp(`^HTTP/1\\.1 (${status === 400 ? '400|421' : status}) `),
    );
  });
});
