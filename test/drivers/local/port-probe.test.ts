import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { createPortProbe } from '../../../src/drivers/local/port-probe.ts';
import { reachableAt } from '../../../src/drivers/local/readiness.ts';
import { createProcSockets } from '../../../src/drivers/local/sockets.ts';
import { freePort } from '../../support/local-driver.ts';
import { programPath } from '../../support/programs.ts';

/** Binds a port again and again, and counts how often it could not. */
const BINDER = `
const [, port] = process.argv;
let refused = 0;
function bind(left) {
  if (left === 0) return void process.stdout.write(refused + ' of 2000 refused');
  const server = require('node:net').createServer((socket) => socket.destroy());
  const next = () => server.close(() => bind(left - 1));
  server.once('error', () => { refused += 1; setImmediate(bind, left - 1); });
  server.listen({ port: Number(port), host: '127.0.0.1' }, next);
}
bind(2000);
`;

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

test('B-15: the holder of a port is known by pid and command', async () => {
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

test('a look at other ports meanwhile takes no holder away', async () => {
  const [early, late, other] = [await freePort(), await freePort(), await freePort()];
  await listen(early, '127.0.0.1');
  await listen(other, '127.0.0.1');
  // Between this process and the one that is found last the look lets others have their turn.
  const between = Array.from({ length: 64 }, () => spawn('sleep', ['60'], { stdio: 'ignore' }));
  onTestFinished(() => between.forEach((process) => void process.kill('SIGKILL')));
  const child = spawn('node', [programPath('serve'), '--port', String(late)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const sockets = createProcSockets();
  const rows = await sockets.listening();
  for (let turns = 0; turns < 40; turns += 1) {
    const fresh = createPortProbe({ ...sockets, listening: async () => rows });
    const look = fresh.holders([early, late]);
    for (let turn = 0; turn < turns; turn += 1) await nextTurn();
    const meanwhile = fresh.holders([other]);
    const holders = await look;
    expect([holders.get(early)?.pid, holders.get(late)?.pid]).toEqual([process.pid, child.pid]);
    await meanwhile;
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
});

/** A probe that counts its looks at the sockets and its walks through the processes. */
function counting() {
  const counts = { looks: 0, walks: 0 };
  const sockets = createProcSockets();
  const counted = createPortProbe(
    {
      ...sockets,
      listening: () => {
        counts.looks++;
        return sockets.listening();
      },
    },
    () => {
      counts.walks++;
      return [String(process.pid)];
    },
  );
  return { counted, counts };
}

test('50 questions at the same time are one look, and those that come while it goes on are the next one', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  for (const port of ports) await listen(port, '127.0.0.1');
  const { counted, counts } = counting();
  const first = ports.map((port) => counted.holders([port]));
  await nextTurn();
  const second = ports.map((port) => counted.holders([port]));
  for (const [index, holders] of (await Promise.all([...first, ...second])).entries()) {
    const port = ports[index % 50] ?? 0;
    expect([...holders]).toEqual([[port, { pid: process.pid, command: expect.any(String) }]]);
  }
  expect(counts).toEqual({ looks: 2, walks: 1 });
});

test('a question for one port keeps what others have found', async () => {
  const ports = [await freePort(), await freePort(), await freePort()];
  for (const port of ports) await listen(port, '127.0.0.1');
  const { counted, counts } = counting();
  for (const port of [...ports, ...ports]) {
    expect((await counted.holders([port])).get(port)?.pid).toBe(process.pid);
  }
  expect(counts).toEqual({ looks: 6, walks: 1 });
});

test('an answer is no older than its question', async () => {
  const port = await freePort();
  await listen(port, '127.0.0.1');
  const { counted } = counting();
  const before = counted.holders([port]);
  await nextTurn();
  await new Promise((resolve) => servers.pop()?.close(resolve));
  const after = counted.holders([port]);
  await before;
  expect((await after).size).toBe(0);
});

test('without ports there are no holders', async () => {
  expect(await probe.holders([])).toEqual(new Map());
});

/** Looks at a port again and again while its app binds it; answers what the app says. */
async function bindWhile(port: number, look: () => Promise<unknown>): Promise<string> {
  const app = spawn('node', ['-e', BINDER, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = text(app.stdout);
  let looks = 0;
  let ended = false;
  app.once('exit', () => {
    ended = true;
  });
  for (; !ended; looks += 1) {
    await look();
    await nextTurn();
  }
  expect(looks).toBeGreaterThan(10);
  return said;
}

test('where the system does not tell who listens, a look at a port does not keep its app from binding it', async () => {
  const blind = createPortProbe({
    listening: async () => null,
    watch: () => null,
    socketsOf: () => null,
    sameNetwork: () => true,
  });
  const [taken, own] = [await freePort(), await freePort()];
  await listen(taken, '::1');
  const said = await bindWhile(own, async () => {
    expect((await blind.holders([taken, own])).get(taken)).toEqual({ pid: null, command: null });
  });
  expect(said).toBe('0 of 2000 refused');
  await listen(own, '127.0.0.1');
  expect([...(await blind.holders([taken, own])).keys()].sort()).toEqual([taken, own].sort());
});

test('a look for the address of an app that listens on :: does not keep it from binding 127.0.0.1', async () => {
  const port = await freePort();
  const socket = { port, address: '::', inode: '1', uid: 0 };
  expect(await bindWhile(port, () => reachableAt([socket]))).toBe('0 of 2000 refused');
});
