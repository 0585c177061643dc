import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { createServer as createToehold } from '../../src/server/index.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { queryBy, type RawRequest, serveAlso } from './support.ts';

function newPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'toehold-socket-')), 's');
}

/** A server that listens on the socket and on the port, and answers only health checks. */
async function listenAt(socket: string, port = 0) {
  const log = { info() {}, warn() {}, error() {} };
  const clock = createSystemClock();
  const server = createToehold({
    ...{ host: '127.0.0.1', port, socket, clock, log, version: '0.0.0', instance: 'x' },
  });
  onTestFinished(() => server.close());
  return { server, bound: await server.listen() };
}

async function refusalAt(socket: string): Promise<string> {
  const { bound } = await listenAt(socket);
  if (bound.ok) throw new Error('it listens');
  expect(bound.code).toBe('CANNOT_LISTEN');
  expect(bound.message).not.toContain('\n');
  return bound.message;
}

function askBySocket(socketPath: string, { path = '/graphql', method, headers, body }: RawRequest) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const call = request({ socketPath, path, method, headers, agent: false });
    call.once('error', reject);
    call.once('response', async (response) => {
      const text = (await response.toArray()).join('');
      resolve({ status: response.statusCode ?? 0, text });
    });
    call.end(body);
  });
}

it('the socket responds like the port, and also requires a token', async () => {
  const path = newPath();
  const front = await serveAlso(await startControlPlane(), { socket: path });
  const known = await askBySocket(path, queryBy(front.token, '{ viewer { name } }'));
  expect([known.status, known.text]).toEqual([200, '{"data":{"viewer":{"name":"test"}}}']);
  expect((await askBySocket(path, queryBy(null, '{ viewer { name } }'))).status).toBe(401);

  const headers = { authorization: `Bearer ${front.token}` };
  const socket = new WebSocket(`ws+unix:${path}:/graphql`, 'graphql-transport-ws', { headers });
  onTestFinished(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const acknowledged = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
  socket.send('{"type":"connection_init"}');
  expect(await acknowledged).toBe('{"type":"connection_ack"}');
});

it('only the same account can use the socket, whatever the umask, and it is removed with the server', async () => {
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const path = newPath();
  const { server, bound } = await listenAt(path);
  expect(bound.ok).toBe(true);
  expect((lstatSync(path).mode & 0o777).toString(8)).toBe('600');
  expect(process.umask()).toBe(0);
  await server.close();
  expect(existsSync(path)).toBe(false);
});

it('replaces the socket of a killed server', async () => {
  const path = newPath();
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL');
  expect(lstatSync(path).isSocket()).toBe(true);
  expect((await listenAt(path)).bound.ok).toBe(true);
  expect((await askBySocket(path, { path: '/healthz' })).status).toBe(200);
});

it('does not replace a socket in use, and frees the port again', async () => {
  const path = newPath();
  const other = createServer((connection) => connection.on('error', () => {}).end('other'));
  await new Promise<void>((resolve) => other.listen(path, resolve));
  onTestFinished(() => void other.close());
  expect(await refusalAt(path)).toBe(`The socket ${path} is in use: set TOEHOLD_SOCKET to another path`);
  expect(lstatSync(path).isSocket()).toBe(true);

  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  expect((await listenAt(path, port)).bound.ok).toBe(false);
  const again = createServer();
  await new Promise<void>((resolve, reject) =>
    again.once('error', reject).listen(port, '127.0.0.1', resolve),
  );
  await new Promise((resolve) => again.close(resolve));
});

it.each([
  ['a file', (path: string) => writeFileSync(path, 'kept')],
  [
    'a link to a file',
    (path: string) => {
      writeFileSync(`${path}2`, 'kept');
      symlinkSync(`${path}2`, path);
    },
  ],
])('does not replace %s', async (_, make) => {
  const path = newPath();
  make(path);
  expect(await refusalAt(path)).toBe(`${path} is there and is no socket: set TOEHOLD_SOCKET to another path`);
  expect(readFileSync(path, 'utf8')).toBe('kept');
});

it.runIf(process.getuid?.() === 0)('a socket of another account is left alone', async () => {
  const path = newPath();
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  chownSync(path, 65_534, 65_534);
  expect(await refusalAt(path)).toContain('belongs to another account: set TOEHOLD_SOCKET to another path');
  expect(lstatSync(path).uid).toBe(65_534);
});

it('reports the length of a path that is too long, and a missing directory', async () => {
  const long = join(tmpdir(), 'x'.repeat(120));
  expect(await refusalAt(long)).toContain(`TOEHOLD_SOCKET is a path of ${long.length} bytes`);
  expect(await refusalAt(join(newPath(), 'nowhere', 's'))).toMatch(
    /^Cannot listen on the socket .*: set TOEHOLD_SOCKET to another path$/,
  );
});
