import { createConnection, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/until.ts';
import { ask, queryBy, serveAlso } from './support.ts';

async function connect(port: number): Promise<{ readonly socket: Socket; text: () => string }> {
  const socket = createConnection(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, text: () => text };
}

it('disconnects clients that send nothing, or headers very slowly, and serves others meanwhile', async () => {
  const front = await serveAlso(await startControlPlane());
  const silent = await Promise.all(Array.from({ length: 100 }, () => connect(front.port)));
  const slow = await connect(front.port);
  slow.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n');
  const trickle = setInterval(() => slow.socket.write('X-More: x\r\n'), 500);
  onTestFinished(() => clearInterval(trickle));
  expect((await ask(front, queryBy(front.token, '{ viewer { name } }'))).status).toBe(200);
  await until(() => slow.socket.destroyed, 'the slow one is cut off', 20_000);
  expect(slow.text()).toMatch(/^HTTP\/1\.1 408 /);
  await until(() => silent.every(({ socket }) => socket.destroyed), 'all are cut off', 10_000);
}, 40_000);

it('refuses a body that is too large before it has arrived', async () => {
  const front = await serveAlso(await startControlPlane());
  const { socket, text } = await connect(front.port);
  const head = ['POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
  head.push(`Authorization: Bearer ${front.token}`, 'Content-Length: 5000000000', '\r\n');
  socket.write(head.join('\r\n'));
  await until(() => text().includes('REQUEST_ENTITY_TOO_LARGE'), 'it is refused');
  expect(text()).toMatch(/^HTTP\/1\.1 413 /);
});

it('does not read the body of an unauthenticated request', async () => {
  const front = await serveAlso(await startControlPlane());
  const { socket, text } = await connect(front.port);
  const head = ['POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
  socket.write([...head, 'Transfer-Encoding: chunked', '\r\n'].join('\r\n'));
  await until(() => text().includes('UNAUTHENTICATED'), 'it is refused');
});
