import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { listeningPorts, lives, startServer, type WholeServer } from '../support/whole-server.ts';

/** A stranger on an app's port is waited for as long as this. */
const IMPATIENT = { TOEHOLD_PORT_PATIENCE: '300ms', TOEHOLD_RESTART_DELAYS: '200ms' };

const SERVE = { script: program('serve') };

/** A foreign process that answers 200 to everything: this one. */
async function foreigner(port: number, host?: string): Promise<Server> {
  const foreign = createHttpServer((_, response) => {
    response.shouldKeepAlive = false;
    response.end('foreign');
  });
  foreign.listen(port, host);
  await once(foreign, 'listening');
  onTestFinished(() => {
    foreign.close();
    foreign.closeAllConnections();
  });
  return foreign;
}

async function close(foreign: Server): Promise<void> {
  foreign.closeAllConnections();
  foreign.close();
  await once(foreign, 'close');
}

interface Conflict {
  readonly __typename: string;
  readonly port?: number;
  readonly holder?: { readonly pid: number | null; readonly command: string | null } | null;
}

async function portEvents({ ask }: WholeServer, name: string): Promise<readonly Conflict[]> {
  const { events } = await ask<{ events: { nodes: Conflict[] } }>(
    `query ($apps: [AppRef!]) { events(apps: $apps, first: 1000) { nodes {
      __typename
      ... on PortConflictEvent { port holder { pid command } }
      ... on PortAssignedEvent { port }
      ... on PortReleasedEvent { port }
    } } }`,
    { apps: [{ name }] },
  );
  return events.nodes.filter(({ __typename }) => __typename.startsWith('Port'));
}

describe('B-16: the range is exhausted', () => {
  test('two apps race for the last port: one has it, the other is STOPPED without a run, and gets its turn', async () => {
    const server = await startServer({ ports: 2 });
    const { addApp, app, command, waitForApp, waitForState, runs, range } = server;
    await Promise.all([addApp('left', SERVE), addApp('right', SERVE)]);
    const bothSettled = () => Promise.all([app('left'), app('right')]);
    const apps = await until(async () => {
      const both = await bothSettled();
      return both.some((one) => one?.state === 'RUNNING') && both.some((one) => one?.error)
        ? both
        : undefined;
    }, 'one runs and the other is told');
    const winner = apps.find((one) => one?.state === 'RUNNING');
    const loser = apps.find((one) => one?.state !== 'RUNNING');
    expect(winner?.port?.port).toBe(range.max);
    expect(loser).toMatchObject({
      ...{ state: 'STOPPED', desiredState: 'RUNNING', error: 'No available ports', port: null, run: null },
    });
    expect(await runs(loser?.name ?? '')).toEqual([]);
    expect(await command('startApp', loser?.name ?? '')).toMatchObject({
      ...{ __typename: 'PortUnavailableError', message: 'No available ports' },
    });

    // A stop gives no port back; a removal does.
    await command('stopApp', winner?.name ?? '');
    expect((await app(loser?.name ?? ''))?.state).toBe('STOPPED');
    await command('removeApp', winner?.name ?? '');
    const after = await waitForState(loser?.name ?? '', 'RUNNING');
    expect(after.port?.port).toBe(range.max);
    await waitForApp(after.name, 'has no error left', ({ error }) => error === null);
  });

  test('by foreign processes, it is tried again when one of them goes', async () => {
    const { min, max } = rangeOf(await freePorts(3));
    const others = await Promise.all([foreigner(min + 1), foreigner(max)]);
    const { addApp, waitForApp, waitForState, ask } = await startServer({
      env: { TOEHOLD_PORTS: `${min}-${max}` },
    });
    await addApp('waits', SERVE);
    await waitForApp('waits', 'is told', ({ error }) => error === 'No available ports');
    const { portRange } = await ask<{ portRange: object }>('{ portRange { min max assigned free } }');
    expect(portRange).toEqual({ min, max, assigned: 1, free: 0 });
    await close(others[0]);
    expect((await waitForState('waits', 'RUNNING')).port?.port).toBe(min + 1);
  });

  test('a range full of ports of apps that are gone gives up the one longest gone', async () => {
    const { addApp, appsDir, app, waitForState } = await startServer({ ports: 2 });
    await addApp('goes', SERVE);
    const { port } = await waitForState('goes', 'RUNNING');
    await rm(`${appsDir}/goes`, { recursive: true });
    await until(async () => (await app('goes')) === null, 'it is gone');
    await addApp('comes', SERVE);
    expect((await waitForState('comes', 'RUNNING')).port?.port).toBe(port?.port);
  });
});

describe('B-15: a foreign process', () => {
  test('on a port that no app has: the next one is taken, and the server’s own never', async () => {
    const { min, max } = rangeOf(await freePorts(6));
    await foreigner(min + 2);
    const { addApp, waitForState, app } = await startServer({
      env: { TOEHOLD_PORTS: `${min}-${max}`, PORT: String(min) },
    });
    await addApp('web', SERVE);
    expect((await app('bystander'))?.port?.port).toBe(min + 1);
    expect((await waitForState('web', 'RUNNING')).port?.port).toBe(min + 3);
  });

  test('on the app’s port before its start is named, and the next port is the app’s for life', async () => {
    const server = await startServer({ env: IMPATIENT });
    const { addApp, command, waitForState, lines, range } = server;
    await addApp('web', SERVE);
    const { port } = await waitForState('web', 'RUNNING');
    await command('stopApp', 'web');
    const foreign = await foreigner(port?.port ?? 0, '127.0.0.1');
    const { app: seen } = await server.ask<{ app: { port: object } }>(
      '{ app(by: { name: "web" }) { port { state holder { pid command } } } }',
    );
    expect(seen.port).toMatchObject({ state: 'CONFLICT', holder: { pid: process.pid } });
    // It waits for its own port first.
    expect(await command('startApp', 'web')).toMatchObject({
      __typename: 'StartFailedError',
      message: expect.stringMatching(`^Port ${port?.port} is held by pid ${process.pid} .*it is tried again`),
    });
    const moved = await waitForState('web', 'RUNNING');
    expect(moved.port?.port).toBe(range.min + 2);
    expect((await portEvents(server, 'web')).slice(-2)).toEqual([
      {
        __typename: 'PortConflictEvent',
        port: port?.port,
        holder: expect.objectContaining({ pid: process.pid }),
      },
      { __typename: 'PortAssignedEvent', port: moved.port?.port },
    ]);
    expect((await lines('web')).filter((line) => line.includes('is held by'))).toEqual([
      expect.stringMatching(
        `^Port ${port?.port} is held by pid ${process.pid} \\(.+\\), taking ${moved.port?.port} for good$`,
      ),
    ]);
    await close(foreign);
    await command('restartApp', 'web');
    expect((await waitForState('web', 'RUNNING')).port).toEqual(moved.port);
  });

  test('that comes later, onto the port that the app has left: its answers are not the app’s health', async () => {
    const server = await startServer({ env: { ...IMPATIENT, TOEHOLD_HEALTH_INTERVAL: '150ms' } });
    const { addApp, waitForApp, waitForState, waitForLine } = server;
    await addApp('leaver', { script: program('leave-port') });
    const { run, port, url } = await waitForState('leaver', 'RUNNING');
    await waitForApp('leaver', 'is healthy', ({ health }) => health === 'HEALTHY');
    await (await fetch(`${url}/leave`)).text();
    await waitForLine('leaver', 'left');
    await foreigner(port?.port ?? 0);
    const lines = await waitForLine('leaver', 'Too many health check failures, restarting...');
    expect(lines.filter((line) => line.startsWith('Health check failed')).at(-1)).toMatch(
      `(3/3): port ${port?.port} is held by pid ${process.pid} (`,
    );
    const after = await waitForApp(
      'leaver',
      'has another port',
      ({ state, port: now }) => state === 'RUNNING' && now?.port !== port?.port,
    );
    expect(after.run?.pid).not.toBe(run?.pid);
    expect(lives(run?.pid)).toBe(false);
  });

  test('that takes the port between the look and the app’s own: it fails as its own crash would, and moves on', async () => {
    const server = await startServer({ env: IMPATIENT });
    const { addApp, waitForApp, waitForLine } = server;
    await addApp('late', { script: program('serve', '--delay', 400) });
    const lines = await waitForLine('late', /^Starting on port/);
    const port = Number(/\d+/.exec(lines[0] ?? '')?.[0]);
    await foreigner(port);
    const app = await waitForApp('late', 'runs elsewhere', ({ state }) => state === 'RUNNING');
    expect(app.port?.port).not.toBe(port);
  });

  test('A17: that goes within a minute moves no port', async () => {
    const { addApp, app, command, waitForState } = await startServer({
      env: { TOEHOLD_RESTART_DELAYS: '200ms' },
    });
    await addApp('web', SERVE);
    const { port } = await waitForState('web', 'RUNNING');
    await command('stopApp', 'web');
    const foreign = await foreigner(port?.port ?? 0);
    await command('startApp', 'web');
    expect(await app('web')).toMatchObject({ port: { port: port?.port }, desiredState: 'RUNNING' });
    await close(foreign);
    expect((await waitForState('web', 'RUNNING')).port?.port).toBe(port?.port);
  });

  test('A11: that takes the port while the app starts is never taken for the app', async () => {
    const server = await startServer({ env: { TOEHOLD_STARTUP_TIMEOUT: '700ms' }, bystander: false });
    const { addApp, waitForLine, states } = server;
    await addApp('silent', { script: 'sleep 1000' });
    const [line] = await waitForLine('silent', /^Starting on port/);
    const port = Number(/\d+/.exec(line ?? '')?.[0]);
    await foreigner(port);
    await waitForLine('silent', `Nothing listens on port ${port} (PORT)`);
    expect(await states('silent')).not.toContain('RUNNING');
  });
});

describe('A17, B-17: an app keeps its port', () => {
  test('through restart, stop, rename and another control plane, whatever comes before it by name', async () => {
    const { addApp, app, command, rename, waitForState, restart } = await startServer();
    await addApp('m', SERVE);
    const { port, id } = await waitForState('m', 'RUNNING');
    await addApp('a', SERVE);
    const other = await waitForState('a', 'RUNNING');
    await command('restartApp', 'm');
    expect((await app('m'))?.port?.port).toBe(port?.port);
    await command('stopApp', 'm');
    await rename('m', 'z');
    await restart('stop');
    expect(await app('z')).toMatchObject({ id, state: 'STOPPED', port: { port: port?.port } });
    expect((await waitForState('a', 'RUNNING')).port?.port).toBe(other.port?.port);
  });

  test('B-14: of an app that is removed while it runs, the port is given to another when it is free, once', async () => {
    const { addApp, command, waitForState, waitForApp } = await startServer({ ports: 2 });
    await addApp('deaf', { script: program('serve', '--on-term', 'ignore') });
    const { port, run } = await waitForState('deaf', 'RUNNING');
    const removed = command('removeApp', 'deaf');
    await addApp('next', SERVE);
    await waitForApp(
      'next',
      'was told, or runs',
      ({ state, error }) => state === 'RUNNING' || error !== null,
    );
    expect((await removed).__typename).toBe('RemoveAppSuccess');
    expect(lives(run?.pid)).toBe(false);
    const next = await waitForState('next', 'RUNNING');
    expect(next.port?.port).toBe(port?.port);
    expect((await listeningPorts()).filter((one) => one === port?.port)).toHaveLength(1);
  });
});

test('a port of the range that nobody may bind is passed over', async () => {
  // Bound without SO_REUSEADDR semantics on one address only: the dual-stack probe must see that too.
  const { min, max } = rangeOf(await freePorts(4));
  const holder = createServer();
  holder.listen(min + 1, '::1');
  await once(holder, 'listening');
  onTestFinished(() => void holder.close());
  expect((holder.address() as AddressInfo).port).toBe(min + 1);
  const { addApp, waitForState } = await startServer({ env: { TOEHOLD_PORTS: `${min}-${max}` } });
  await addApp('web', SERVE);
  expect((await waitForState('web', 'RUNNING')).port?.port).toBe(min + 2);
});

function rangeOf(text: string): { min: number; max: number } {
  const [min = 0, max = 0] = text.split('-').map(Number);
  return { min, max };
}
