import { chmodSync, chownSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connect } from '../../../client/index.ts';
import { socketTransport } from '../../../src/cli/servers/socket-transport.ts';
import { serveAlso } from '../../server/support.ts';
import { startControlPlane } from '../../support/control-plane.ts';

async function arrange(said: { readonly instanceId?: string } = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), 'toehold-state-'));
  const socket = join(stateDir, 'socket');
  const plane = await startControlPlane();
  const { token, url } = await serveAlso(plane, { socket });
  const entry = {
    ...{ url, socket, pid: process.pid, startTime: null, bootId: null },
    ...{ instanceId: 'also', ...said },
  };
  const server = { entry };
  return { plane, socket, token, server };
}

it('requests and streams use the socket, whatever listens on the port', async () => {
  const { plane, server, token } = await arrange();
  const transport = await socketTransport(server);
  // No program listens there.
  const client = connect({ url: 'http://127.0.0.1:1', token, ...transport });
  onTestFinished(() => client.close());
  expect(await client.request('{ viewer { name } }')).toEqual({ viewer: { name: 'test' } });
  const abort = new AbortController();
  const { eventCursor } = await client.request<{ eventCursor: string }>('{ eventCursor }');
  const events = client.follow.events({ after: eventCursor, signal: abort.signal });
  const first = events.next();
  await plane.addApp('alpha');
  expect((await first).done).toBe(false);
  abort.abort();
  await expect(client.request('{ nothing }')).rejects.toThrow('Cannot query field');
});

it('a server without a socket is reached at its address', async () => {
  const { server } = await arrange();
  const { socket: _, ...entry } = server.entry;
  expect(await socketTransport({ entry })).toBeNull();
});

it.each([
  ['in a directory that others may write to', (socket: string) => chmodSync(dirname(socket), 0o777)],
  [
    'that is a file',
    (socket: string) => {
      renameSync(socket, `${socket}2`);
      writeFileSync(socket, '');
    },
  ],
  ['that is not there', (socket: string) => renameSync(socket, `${socket}2`)],
])('a socket %s is not used', async (_, spoil) => {
  const { server, socket } = await arrange();
  expect(await socketTransport(server)).not.toBeNull();
  spoil(socket);
  expect(await socketTransport(server)).toBeNull();
});

it.runIf(process.getuid?.() === 0)('a socket of another account is not used', async () => {
  const { server, socket } = await arrange();
  chownSync(socket, 65_534, 65_534);
  expect(await socketTransport(server)).toBeNull();
});

it('a socket at which another server answers is not used', async () => {
  const { server } = await arrange({ instanceId: 'mine' });
  expect(await socketTransport(server)).toBeNull();
});
