import { createServer as createHttpServer, Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPortProbe } from '../../src/drivers/local/port-probe.ts';
import { isLoopback } from '../../src/server/addresses.ts';
import { type BindOptions, type BindResult, bind } from '../../src/server/bind.ts';

const servers: HttpServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function newServer(): HttpServer {
  const server = createHttpServer((_, response) => response.end('ours'));
  servers.push(server);
  return server;
}

function tryBind(options: BindOptions): Promise<BindResult> {
  return bind(newServer, options);
}

/** The same, and fails unless the port is bound. */
async function bound(options: BindOptions) {
  const result = await tryBind(options);
  if (!result.ok) throw new Error(result.message);
  return result;
}

/** A port on which this process listens with another server. */
async function takenPort(host = '127.0.0.1', port = 0): Promise<number> {
  const server = createNetServer();
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function answerAt(url: string): Promise<string> {
  return (await fetch(url)).text();
}

it('PORT 0 takes a free port and returns it', async () => {
  const one = await tryBind({ host: '127.0.0.1', port: 0 });
  const two = await tryBind({ host: '127.0.0.1', port: 0 });
  if (!one.ok || !two.ok) throw new Error('not bound');
  expect(one.port).toBeGreaterThan(0);
  expect(one.port).not.toBe(two.port);
  expect(one.url).toBe(`http://127.0.0.1:${one.port}`);
});

it('for a port in use, names the holder and says what to do', async () => {
  const port = await takenPort();
  const probe = createPortProbe();
  const result = await tryBind({
    host: '127.0.0.1',
    port,
    holderOf: async (wanted) => (await probe.holders([wanted])).get(wanted) ?? null,
  });
  expect(result).toMatchObject({ ok: false, code: 'PORT_IN_USE', holder: { pid: process.pid } });
  if (result.ok) throw new Error('bound');
  expect(result.message).toContain(`Port ${port} is in use by `);
  expect(result.message).toContain(`(pid ${process.pid}): set PORT to another one`);
  expect(result.message).not.toContain('\n');
});

it('for a port in use, names no holder if it is not known', async () => {
  const port = await takenPort();
  const message = `Port ${port} is in use: set PORT to another one`;
  expect(await tryBind({ host: '127.0.0.1', port })).toMatchObject({ message, holder: null });
  const holderOf = async () => Promise.reject(new Error('no /proc'));
  expect(await tryBind({ host: '127.0.0.1', port, holderOf })).toMatchObject({ message, holder: null });
});

it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', ''])(
  'refuses to listen on %j, which other machines reach, without requiring tokens',
  async (host) => {
    expect(await tryBind({ host, port: 0 })).toMatchObject({
      ok: false,
      code: 'HOST_NOT_LOOPBACK',
      message: `HOST is ${host}, which other machines can reach, but requests need no token: set HOST to 127.0.0.1, ::1 or localhost`,
    });
  },
);

it.each(['0.0.0.0', '::'])('listens on %s if tokens are required, and returns a local URL', async (host) => {
  const result = await tryBind({ host, port: 0, auth: true });
  if (!result.ok) throw new Error(result.message);
  expect(result.url).toBe(`http://${host === '::' ? '[::1]' : '127.0.0.1'}:${result.port}`);
});

describe('localhost', () => {
  it('is both loopback addresses, on one port', async () => {
    const { port, url } = await bound({ host: 'localhost', port: 0 });
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await answerAt(`http://127.0.0.1:${port}`)).toBe('ours');
    expect(await answerAt(`http://[::1]:${port}`)).toBe('ours');
  });

  it('is refused if another process has the port on ::1, and leaves 127.0.0.1 free', async () => {
    const port = await takenPort('::1');
    const probe = createPortProbe();
    const result = await tryBind({
      host: 'localhost',
      port,
      holderOf: async (wanted) => (await probe.holders([wanted])).get(wanted) ?? null,
    });
    expect(result).toMatchObject({ ok: false, code: 'PORT_IN_USE', holder: { pid: process.pid } });
    if (result.ok) throw new Error('bound');
    expect(result.message).toContain(`Port ${port} is in use on ::1 by `);
    expect(result.message).toContain(`(pid ${process.pid}): set PORT to another one, or HOST to 127.0.0.1`);
    await takenPort('127.0.0.1', port);
  });

  it('tries another port if PORT is 0 and the first is free on only one of them', async () => {
    const first = await takenPort('::1');
    // The system chooses at random, so the test chooses a port that is in use on ::1.
    const listen = vi.spyOn(HttpServer.prototype, 'listen').mockImplementationOnce(function (
      this: HttpServer,
      ...args: unknown[]
    ) {
      return this.listen({ ...(args[0] as object), port: first }, args[1] as () => void);
    });
    onTestFinished(() => listen.mockRestore());
    const { port } = await bound({ host: 'localhost', port: 0 });
    expect(port).not.toBe(first);
    expect(await answerAt(`http://[::1]:${port}`)).toBe('ours');
    await takenPort('127.0.0.1', first);
  });

  it.each(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])(
    'is only 127.0.0.1 if the machine returns %s for ::1, and apps get that address',
    async (code) => {
      const real = HttpServer.prototype.listen;
      const listen = vi.spyOn(HttpServer.prototype, 'listen').mockImplementation(function (
        this: HttpServer,
        ...args: unknown[]
      ) {
        const { host } = args[0] as { host: string };
        if (host !== '::1') return real.apply(this, args as never);
        queueMicrotask(() => this.emit('error', Object.assign(new Error(code), { code })));
        return this;
      });
      onTestFinished(() => listen.mockRestore());
      const { port, url, urlForApps, servers } = await bound({ host: 'localhost', port: 0 });
      expect([url, urlForApps]).toEqual([`http://127.0.0.1:${port}`, `http://127.0.0.1:${port}`]);
      expect(servers).toHaveLength(1);
    },
  );
});

it.each([
  ['localhost', 'http://localhost'],
  ['127.0.0.1', 'http://127.0.0.1'],
  ['127.8.9.10', 'http://127.8.9.10'],
  ['::1', 'http://[::1]'],
  ['0.0.0.0', 'http://127.0.0.1'],
  ['::', 'http://[::1]'],
])('A10: apps of a server with HOST=%s get %s', async (host, url) => {
  const { port, urlForApps } = await bound({ host, port: 0, auth: true });
  expect(urlForApps).toBe(`${url}:${port}`);
  expect(await answerAt(`http://${new URL(urlForApps).host}`)).toBe('ours');
});

it('A10: apps of a server with HOST=<an address of the network> get that address', async () => {
  const address = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  const host = address ?? '127.0.0.2';
  const { port, url, urlForApps } = await bound({ host, port: 0, auth: true });
  expect([url, urlForApps]).toEqual([`http://${host}:${port}`, `http://${host}:${port}`]);
});

describe('loopback', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LOCALHOST'])(
    '%s is loopback',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );
  it.each([
    '128.0.0.1',
    '127.0.0.1.example.org',
    '127.1',
    '::',
    '::2',
    '::ffff:10.0.0.1',
    'localhost.example.org',
  ])('%s is not loopback', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
