import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Platform } from '../../../src/drivers/local/platform.ts';
import { createPlatform } from '../../../src/drivers/local/platform.ts';
import { reachableAt } from '../../../src/drivers/local/readiness.ts';
import { NO_SOCKETS } from '../../../src/drivers/local/sockets.ts';
import { createLocalHarness, freePort, type LocalDriverHarness } from '../../support/local-driver.ts';
import { program, programPath } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

let harness: LocalDriverHarness;
let port: number;
const foreign: ChildProcess[] = [];

beforeEach(async () => {
  harness = await createLocalHarness();
  port = await freePort();
});

afterEach(async () => {
  for (const child of foreign.splice(0)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await harness.cleanup();
});

/** A server that belongs to no run. */
async function listenForeign(...args: readonly string[]): Promise<void> {
  const child = spawn('node', [programPath('serve'), '--port', String(port), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  foreign.push(child);
  await once(child.stdout, 'data');
}

async function addressOf(script: string): Promise<string> {
  const spec = await harness.run(await harness.spec(script, { port }));
  return (await harness.events.next(spec.run, 'LISTENING')).address;
}

describe('A11, B-4: LISTENING only when a process of the run listens on the port', () => {
  test('not before it listens', async () => {
    const spec = await harness.run(await harness.spec(program('serve', '--delay', 400), { port }));
    const told = await harness.events.next(spec.run, 'LISTENING');
    expect(told).toEqual({ type: 'LISTENING', address: '127.0.0.1' });
    expect((await harness.output(spec.run)).stdout).toContain(`listening on ${port}`);
  });

  test.each([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['127.0.0.2', '127.0.0.2'],
  ])('on %s, which is reached at %s', async (host, address) => {
    expect(await addressOf(program('serve', '--host', host))).toBe(address);
  });

  test('by a grandchild in a session of its own', async () => {
    expect(await addressOf(program('grandchild', '--session', '--', 'serve'))).toBe('127.0.0.1');
  });

  test('by a child without the mark, in the group', async () => {
    expect(await addressOf(program('grandchild', '--clear', '--', 'serve'))).toBe('127.0.0.1');
  });

  test('by a child of a shell that stays', async () => {
    expect(await addressOf(`true && ${program('serve')} && true`)).toBe('127.0.0.1');
  });

  test('B-15: a foreign listener on the port does not count', async () => {
    await listenForeign();
    const waiting = await harness.run(await harness.spec(program('idle'), { port }));
    // Another run that boots meanwhile has the same looks, and is ready at the end of some of them.
    for (let i = 0; i < 3; i++) {
      const other = await harness.run(await harness.spec(program('serve'), { port: await freePort() }));
      await harness.events.next(other.run, 'LISTENING');
    }
    expect(harness.events.types(waiting.run)).toEqual(['STARTING', 'STARTED']);
    expect(await harness.driver.listening(waiting.run)).toEqual([]);
  });

  test('B-15: a foreign listener at another address does not hide the run’s own', async () => {
    await listenForeign('--host', '127.0.0.2');
    expect(await addressOf(program('serve', '--host', '127.0.0.1'))).toBe('127.0.0.1');
  });

  test('another port than PORT does not count, and the status tells which', async () => {
    const wrong = await freePort();
    const spec = await harness.run(
      await harness.spec(program('serve', '--port', wrong, '--host', '::1'), { port }),
    );
    const listening = await until(async () => {
      const found = await harness.driver.listening(spec.run);
      return found?.length ? found : null;
    }, 'it listens somewhere');
    expect(listening).toEqual([{ port: wrong, address: '::1' }]);
    expect(harness.events.types(spec.run)).not.toContain('LISTENING');
  });
});

test('a wildcard that takes no IPv4 is reached by IPv6', async () => {
  const socket = { port, address: '::', inode: '1', uid: 0 };
  expect(await reachableAt([socket])).toBe('::1');
  await listenForeign();
  expect(await reachableAt([socket])).toBe('127.0.0.1');
  expect(await reachableAt([])).toBeNull();
});

describe('A11: where the owners of sockets cannot be read', () => {
  const blind: Platform = { ...createPlatform(), sockets: NO_SOCKETS };

  beforeEach(async () => {
    harness = await harness.successor({ platform: blind });
  });

  test.each(['127.0.0.1', '::1'])(
    'a port that was free before the spawn and takes a connection now, on %s',
    async (host) => {
      expect(await addressOf(program('serve', '--host', host, '--delay', 200))).toBe(host);
    },
  );

  test('B-15: a port that took a connection before the spawn proves nothing', async () => {
    await listenForeign();
    const waiting = await harness.run(await harness.spec(program('idle'), { port }));
    const other = await harness.run(await harness.spec(program('serve'), { port: await freePort() }));
    await harness.events.next(other.run, 'LISTENING');
    expect(harness.events.types(waiting.run)).toEqual(['STARTING', 'STARTED']);
    expect(await harness.driver.listening(waiting.run)).toBeNull();
  });
});

test('A11: where the fds of a run cannot be read, a connection decides', async () => {
  const { processes, sockets } = createPlatform();
  harness = await harness.successor({
    platform: { processes, sockets: { ...sockets, socketsOf: () => null }, controlGroup: null },
  });
  expect(await addressOf(program('serve'))).toBe('127.0.0.1');
});
