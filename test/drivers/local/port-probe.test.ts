import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createPortProbe } from '../../../src/drivers/local/port-probe.ts';
import { freePort } from '../../support/local-driver.ts';
import { programPath } from '../../support/programs.ts';

const probe = createPortProbe();
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(port: number, host: string): Promise<void> {
  const server = createServer();
  servers.push(server);
  await once(server.listen(port, host), 'listening');
}

test.each(['0.0.0.0', '::', '127.0.0.1', '::1'])(
  'A17: a port that somebody listens on at %s cannot be bound',
  async (host) => {
    const port = await freePort();
    expect(await probe.canBind(port)).toBe(true);
    await listen(port, host);
    expect(await probe.canBind(port)).toBe(false);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await probe.canBind(port)).toBe(true);
  },
);

test('a number that is no port cannot be bound', async () => {
  expect(await probe.canBind(70_000)).toBe(false);
});

test('B-15: who holds a port is told by pid and command', async () => {
  const [port, free] = [await freePort(), await freePort()];
  const child = spawn('node', [programPath('serve'), '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const holder = { pid: child.pid, command: `node ${programPath('serve')} --port ${port}` };
  expect(await probe.holders([port, free])).toEqual(new Map([[port, holder]]));
  // Also when it is known already, and when it is not so any more.
  expect(await probe.holders([port])).toEqual(new Map([[port, holder]]));
  child.kill('SIGKILL');
  await once(child, 'exit');
  await listen(port, '127.0.0.1');
  expect((await probe.holders([port])).get(port)?.pid).toBe(process.pid);
});

test('nobody holds no ports', async () => {
  expect(await probe.holders([])).toEqual(new Map());
});
