import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPortProbe } from '../../src/drivers/local/port-probe.ts';
import { type BindOptions, bind } from '../../src/server/bind.ts';
import { isLoopback } from '../../src/server/loopback.ts';

async function tryBind(options: BindOptions) {
  const server = createHttpServer();
  const result = await bind(server, options);
  onTestFinished(() => void server.close());
  return result;
}

/** A port that this process listens on with a server of another kind. */
async function takenPort(): Promise<number> {
  const server = createNetServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

it('PORT 0 takes a free port, and tells which', async () => {
  const one = await tryBind({ host: '127.0.0.1', port: 0 });
  const two = await tryBind({ host: '127.0.0.1', port: 0 });
  if (!one.ok || !two.ok) throw new Error('not bound');
  expect(one.port).toBeGreaterThan(0);
  expect(one.port).not.toBe(two.port);
  expect(one.url).toBe(`http://127.0.0.1:${one.port}`);
});

it('a port in use is told with its holder and what to do', async () => {
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

it('a port in use is told without a holder where nobody knows it', async () => {
  const port = await takenPort();
  const message = `Port ${port} is in use: set PORT to another one`;
  expect(await tryBind({ host: '127.0.0.1', port })).toMatchObject({ message, holder: null });
  const holderOf = async () => Promise.reject(new Error('no /proc'));
  expect(await tryBind({ host: '127.0.0.1', port, holderOf })).toMatchObject({ message, holder: null });
});

it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', ''])(
  'refuses to listen on %j, which others reach, where nobody is asked for a token',
  async (host) => {
    expect(await tryBind({ host, port: 0 })).toMatchObject({
      ok: false,
      code: 'HOST_NOT_LOOPBACK',
      message: `HOST is ${host}, which other machines reach, and nobody is asked for a token: set HOST to 127.0.0.1, ::1 or localhost`,
    });
  },
);

it.each(['0.0.0.0', '::'])(
  'listens on %s where tokens are asked for, and tells how to reach it here',
  async (host) => {
    const result = await tryBind({ host, port: 0, auth: true });
    if (!result.ok) throw new Error(result.message);
    expect(result.url).toBe(`http://${host === '::' ? '[::1]' : '127.0.0.1'}:${result.port}`);
  },
);

describe('loopback', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LOCALHOST'])(
    '%s is',
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
  ])('%s is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
