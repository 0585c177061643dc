import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { commandOf, createProcSockets } from '../../../src/drivers/local/sockets.ts';
import { parseListening } from '../../../src/host/tcp-sockets.ts';

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

function line(local: string, state: string, inode: number): string {
  return `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0`;
}

test('listening sockets of both tables, with their addresses as people write them', () => {
  const text = [
    HEADER,
    line('00000000:0BB9', '0A', 11),
    line('0100007F:0BBA', '0A', 12),
    line('0100007F:0BBB', '01', 13),
    line('00000000000000000000000000000000:0BBC', '0A', 14),
    line('00000000000000000000000001000000:0BBD', '0A', 15),
    line('0000000000000000FFFF00000100007F:0BBE', '0A', 16),
    line('B80D0120000000000000000001000000:0BBF', '0A', 17),
    '',
  ].join('\n');
  expect(parseListening(text)).toEqual([
    { port: 3_001, address: '0.0.0.0', inode: '11', uid: 1_000 },
    { port: 3_002, address: '127.0.0.1', inode: '12', uid: 1_000 },
    { port: 3_004, address: '::', inode: '14', uid: 1_000 },
    { port: 3_005, address: '::1', inode: '15', uid: 1_000 },
    { port: 3_006, address: '127.0.0.1', inode: '16', uid: 1_000 },
    { port: 3_007, address: '2001:db8::1', inode: '17', uid: 1_000 },
  ]);
});

test('a socket that listens is found among those of its process', async () => {
  const sockets = createProcSockets();
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  const found = (await sockets.listening())?.find((socket) => socket.port === port);
  expect(found?.address).toBe('127.0.0.1');
  expect(sockets.socketsOf(process.pid)?.has(found?.inode ?? '')).toBe(true);
  expect(sockets.socketsOf(1)?.has(found?.inode ?? '') ?? false).toBe(false);
  expect(sockets.sameNetwork(process.pid)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect((await sockets.listening())?.some((socket) => socket.port === port)).toBe(false);
});

test('a process that is gone has no sockets', () => {
  const sockets = createProcSockets();
  expect(sockets.socketsOf(2 ** 22 + 1)).toEqual(new Set());
  expect(sockets.sameNetwork(2 ** 22 + 1)).toBe(true);
});

test('of a command line of any length and shape the beginning is shown, at once', async () => {
  // Empty arguments are NULs in a row: an expression that looks for them at the end takes quadratic time.
  const nothing = Array.from({ length: 200_000 }, () => '');
  const child = spawn('/bin/sh', ['-c', 'read x', ...nothing, 'x']);
  try {
    await once(child, 'spawn');
    const before = performance.now();
    expect(commandOf(child.pid ?? 0)).toBe('/bin/sh -c read x');
    expect(performance.now() - before).toBeLessThan(3_000);
  } finally {
    child.stdin.end();
    await once(child, 'close');
  }
});
