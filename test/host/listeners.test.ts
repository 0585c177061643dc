import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { judgeListeners, placeOf } from '../../src/host/listeners.ts';
import { ownUid } from '../../src/host/trust.ts';
import { impostor, isRoot, NOBODY } from '../support/another-account.ts';

const OWN = [ownUid()];

async function listen(host: string, options: { port?: number; ipv6Only?: boolean } = {}): Promise<number> {
  const server = createServer();
  server.listen({ port: 0, host, ...options });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const judge = async (url: string, owners: readonly number[] = OWN) => {
  const listening = judgeListeners(await placeOf(new URL(url)), owners);
  return listening.ok ? 'ok' : listening.code;
};

test('the system says who listens on an address of this machine', async () => {
  const port = await listen('127.0.0.1');
  expect(await judge(`http://127.0.0.1:${port}`)).toBe('ok');
  expect(await judge(`http://localhost:${port}`)).toBe('ok');
  expect(await judge(`http://127.0.0.1:${port}`, [ownUid() + 1])).toBe('stranger');
  expect(await judge(`http://127.0.0.2:${port}`)).toBe('nobody');
  expect(await judge(`http://[::1]:${port}`)).toBe('nobody');
  expect(await judge(`http://192.0.2.7:${port}`)).toBe('elsewhere');
  expect(await judge('http://no-such-name.invalid:3000')).toBe('elsewhere');
});

test('a socket of all addresses takes what no socket of one address does, IPv4 as well', async () => {
  const four = await listen('0.0.0.0');
  const both = await listen('::');
  const six = await listen('::1');
  for (const url of [
    `127.0.0.1:${four}`,
    `127.9.9.9:${four}`,
    `127.0.0.1:${both}`,
    `[::1]:${both}`,
    `[0:0::1]:${six}`,
  ])
    expect(await judge(`http://${url}`)).toBe('ok');
});

test.runIf(isRoot)('another account’s socket counts where it is the one that is reached', async () => {
  const theirs = await impostor({ instance: '', uid: NOBODY });
  expect(await judge(theirs.url)).toBe('stranger');
  // On the other loopback address of a port of ours: `localhost` may lead there.
  const port = await listen('127.0.0.1');
  await impostor({ instance: '', host: '::1', port, uid: NOBODY });
  expect(await judge(`http://127.0.0.1:${port}`)).toBe('ok');
  expect(await judge(`http://[::1]:${port}`)).toBe('stranger');
  // A name that leads to both may lead there.
  const both = judgeListeners({ addresses: ['127.0.0.1', '::1'], port }, OWN);
  expect(both).toMatchObject({ ok: false, code: 'stranger' });
});
