import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { writeAppFolder } from '../support/app-folder.ts';
import { program } from '../support/programs.ts';
import { appIn, ask, bearerOf, makeDataDir, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

/** 60 MB of lines, numbered. */
const LINES = 300_000;
const WIDTH = 200;

async function memory(url: string): Promise<number> {
  const { data } = await ask<{ supervisor: { memoryBytes: number } }>(url, '{ supervisor { memoryBytes } }');
  return data.supervisor.memoryBytes;
}

test('B-27: a reader that stops reading costs the server no memory, holds up nobody, and misses nothing', {
  timeout: 90_000,
}, async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'bystander', { script: program('serve') });
  await writeAppFolder(appsDir, 'chatty', {
    script: program('print', LINES, 0, WIDTH),
    toes: { port: false },
  });
  const server = await serve({ dataDir: path, env: { TOEHOLD_LOG_RETENTION: '1GB' } });
  const url = await server.ready();
  await until(async () => (await appIn(url, 'chatty', 'STOPPED')).run === null, 'it has printed all', 30_000);
  await memory(url);
  const before = await memory(url);

  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  const texts: string[] = [];
  socket.on('message', (message) => {
    const { type, id, payload } = JSON.parse(String(message)) as {
      type: string;
      id?: string;
      payload?: { data?: { logs?: { lines?: string[] } } };
    };
    if (type === 'next' && id === 's0') texts.push(...(payload?.data?.logs?.lines ?? []));
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: bearerOf(url) }));
  await once(socket, 'message');
  const { data } = await ask<{ app: { logs: { nodes: { cursor: string }[] } } }>(
    url,
    '{ app(by: { name: "chatty" }) { logs(first: 1) { nodes { cursor } } } }',
  );
  const query = `subscription ($after: Cursor) {
    logs(apps: [{ name: "chatty" }], after: $after) { ... on LogBatch { lines } }
  }`;
  const after = data.app.logs.nodes[0]?.cursor;
  socket.pause();
  // Ten of them, all from the start: none of it is read.
  for (let id = 0; id < 10; id += 1) {
    socket.send(
      JSON.stringify({ id: `s${id}`, type: 'subscribe', payload: { query, variables: { after } } }),
    );
  }
  const { url: appUrl } = await appIn(url, 'bystander', 'RUNNING');
  let most = 0;
  for (let look = 0; look < 50; look += 1) {
    most = Math.max(most, (await memory(url)) - before);
    expect((await fetch(appUrl ?? '', { headers: { connection: 'close' } })).status).toBe(200);
  }
  // 600 MB of JSON would be waiting, if anything waited.
  expect(most).toBeLessThan(150 * 2 ** 20);

  for (let id = 1; id < 10; id += 1) socket.send(JSON.stringify({ id: `s${id}`, type: 'complete' }));
  const last = `line ${LINES} `;
  socket.resume();
  await until(() => texts.some((text) => text.startsWith(last)), 'it has read to the end', 60_000);
  const numbers = texts.filter((text) => text.startsWith('line ')).map((text) => Number(text.split(' ')[1]));
  expect(numbers).toHaveLength(LINES);
  expect(numbers.every((number, index) => number === index + 1)).toBe(true);
  server.child.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});
