import { Agent, get } from 'node:http';
import { createConnection } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startControlPlane } from '../support/control-plane.ts';
import { overriding } from '../support/overriding.ts';
import { until } from '../support/until.ts';

const EVENTS = 'subscription { events { __typename } }';

it('closes WebSockets with 1001, after which clients reconnect, and frees the port quickly', async () => {
  const plane = await startControlPlane();
  const codes: number[] = [];
  const clients = Array.from({ length: 20 }, () => {
    const client = plane.webSocket();
    client.on('closed', (event) => codes.push((event as { code: number }).code));
    return client;
  });
  const streams = clients.map((client) => client.iterate({ query: EVENTS }));
  await Promise.all(streams.map((stream) => stream.next()));
  // Closed without a `complete`: a client that retries knows that the stream has not ended.
  const ends = streams.map((stream) => stream.next().then(String, (event: { code: number }) => event.code));
  const begin = performance.now();
  await plane.server.close();
  expect(performance.now() - begin).toBeLessThan(500);
  expect(await Promise.all(ends)).toEqual(Array(20).fill(1001));
  expect(codes).toEqual(Array(20).fill(1001));
  await expect(fetch(plane.url)).rejects.toThrow();
});

it('ends Server-Sent Events with their last event', async () => {
  const plane = await startControlPlane();
  const response = await fetch(`${plane.url}/graphql`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'text/event-stream',
      Authorization: `Bearer ${plane.token}`,
    },
    body: JSON.stringify({ query: EVENTS }),
  });
  await until(() => plane.streams() === 1, 'the stream is open');
  const begin = performance.now();
  await plane.server.close();
  expect(performance.now() - begin).toBeLessThan(500);
  expect(await response.text()).toMatch(/event: complete\ndata:\n\n$/);
});

it('closes idle connections, and a WebSocket that does not complete the closing handshake', async () => {
  const plane = await startControlPlane();
  const silent = new WebSocket(`${plane.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await new Promise((resolve) => silent.once('open', resolve));
  silent.pause();
  const agent = new Agent({ keepAlive: true });
  await new Promise((resolve) =>
    get(`${plane.url}/healthz`, { agent }, (response) => response.resume().once('end', resolve)),
  );
  const mute = createConnection(plane.port, '127.0.0.1');
  await new Promise((resolve) => mute.once('connect', resolve));
  mute.on('error', () => {});
  const begin = performance.now();
  await plane.server.close();
  expect(performance.now() - begin).toBeLessThan(2_000);
  agent.destroy();
  silent.terminate();
  mute.destroy();
});

it('lets a response in progress finish', async () => {
  let finish = (): void => {};
  const under = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let asked = false;
  const plane = await startControlPlane({
    wrap: (control) =>
      overriding(control, {
        supervisor: overriding(control.supervisor, {
          freePorts: async () => {
            asked = true;
            await under;
            return control.supervisor.freePorts();
          },
        }),
      }),
  });
  const answer = plane.query('{ portRange { free } }');
  await until(() => asked, 'the question has come');
  const closed = plane.server.close();
  finish();
  expect(await answer).toMatchObject({ status: 200, data: { portRange: { free: expect.any(Number) } } });
  await closed;
});

it('can be closed before it listens, and twice', async () => {
  const plane = await startControlPlane({ served: false });
  await plane.server.close();
  await plane.server.close();
});
