import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ListeningWatch, parseListening, readListening, readTable } from '../../src/host/tcp-sockets.ts';

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

function line(index: number, port: number, state: string): string {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return `${String(index).padStart(4)}: 0100007F:${hex} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${index} 1 0 100 0\n`;
}

async function table(lines: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'toehold-tcp-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'tcp'), HEADER + lines.join(''));
  return join(directory, 'tcp');
}

test('of a table with 10,000 connections only the beginning is read', async () => {
  const listening = Array.from({ length: 300 }, (_, n) => line(n, 3_001 + n, '0A'));
  const taken = [line(300, 3_001, '03'), line(301, 4_000, '0A')];
  const connections = Array.from({ length: 10_000 }, (_, n) => line(302 + n, 3_001, '01'));
  const text = readTable(await table([...listening, ...taken, ...connections])) ?? '';
  expect(text.length).toBeLessThan((listening.length + 20) * 120);
  expect(parseListening(text).map(({ port }) => port)).toEqual([
    ...Array.from({ length: 300 }, (_, n) => 3_001 + n),
    4_000,
  ]);
});

test('a table without connections is read whole, and one that is missing is null', async () => {
  const path = await table([line(0, 3_001, '0A'), line(1, 3_002, '0A')]);
  expect(parseListening(readTable(path) ?? '')).toHaveLength(2);
  expect(parseListening(readTable(await table([])) ?? '')).toEqual([]);
  expect(readTable(`${path}.missing`)).toBeNull();
});

test('among hundreds of connections of this machine, every socket that listens is found', async () => {
  const servers = await Promise.all(
    ['127.0.0.1', '::1', '0.0.0.0', '::'].map(async (host) => {
      const server = createServer((socket) => socket.resume());
      onTestFinished(() => void server.close());
      await once(server.listen(0, host), 'listening');
      return (server.address() as AddressInfo).port;
    }),
  );
  const clients = Array.from({ length: 200 }, () => new Socket());
  onTestFinished(() => clients.forEach((client) => void client.destroy()));
  for (const client of clients) client.connect({ port: servers[0] ?? 0, host: '127.0.0.1' });
  await Promise.all(clients.map((client) => once(client, 'connect')));
  const ports = (await readListening())?.map(({ port }) => port);
  expect(ports).toEqual(expect.arrayContaining(servers));
});

test.each(['127.0.0.1', '::1'])(
  'one that begins to listen on %s is seen by the count of sockets',
  async (host) => {
    const watch = new ListeningWatch();
    onTestFinished(() => watch.close());
    expect(watch.look(false)).not.toBeNull();
    const seen = async () => {
      const server = createServer();
      onTestFinished(() => void server.close());
      await once(server.listen(0, host), 'listening');
      const { port } = server.address() as AddressInfo;
      return watch.look(false)?.some((socket) => socket.port === port) ?? false;
    };
    // Another program may close a socket at the same time, but not each time.
    expect((await seen()) || (await seen()) || (await seen())).toBe(true);
  },
);
