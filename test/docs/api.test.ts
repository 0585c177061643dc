import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { printedSchema } from '../../schema/sdl.ts';
import { freePorts } from '../support/free-ports.ts';
import { appIn, ask, makeDataDir, serve, tokenOf } from '../support/serve.ts';
import { withAnswers } from './examples.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = join(ROOT, 'docs/api.md');

/** A server with two of the example apps, found in this order. */
async function exampleServer() {
  const { path, appsDir } = await makeDataDir();
  const add = (name: string) =>
    cp(join(ROOT, 'examples/apps', name), join(appsDir, name), { recursive: true, verbatimSymlinks: true });
  const ports = await freePorts(100);
  // Otherwise the result of a health check could come at any moment.
  await add('hello');
  await mkdir(join(appsDir, 'shop'));
  const url = await (
    await serve({ dataDir: path, env: { TOEHOLD_PORTS: ports, TOEHOLD_HEALTH_INTERVAL: '10m' } })
  ).ready();
  await appIn(url, 'hello', 'RUNNING');
  await add('status');
  await appIn(url, 'status', 'RUNNING');
  return { url, min: Number.parseInt(ports, 10) };
}

// After a change: npm test -- test/docs/api.test.ts -u
test('every answer in docs/api.md is the answer of a server', { timeout: 90_000 }, async () => {
  const { url, min } = await exampleServer();
  const elsewhere = (text: string) =>
    text.replace(/\b30\d\d\b/g, (port) => String(Number(port) - 3001 + min));
  const asInPage = (text: string) =>
    text.replace(/\b\d{4,5}\b/g, (found) => {
      const index = Number(found) - min;
      return index >= 0 && index < 100 ? String(3001 + index) : found;
    });
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${tokenOf(url)}` },
  });
  onTestFinished(() => client.dispose());

  const page = await readFile(PAGE, 'utf8');
  const filled = await withAnswers(page, {
    ask: async (query) => JSON.parse(asInPage(JSON.stringify(await ask(url, elsewhere(query))))),
    async first(query) {
      for await (const { data } of client.iterate({ query: elsewhere(query) })) {
        const text = JSON.stringify({ data });
        if (!text.includes('StreamHeartbeat')) return JSON.parse(asInPage(text));
      }
      throw new Error('the stream ended');
    },
  });
  await expect(filled.replaceAll(url, 'http://127.0.0.1:3000')).toMatchFileSnapshot(PAGE);
});

test('docs/api.md shows every field of the root types', async () => {
  const page = await readFile(PAGE, 'utf8');
  const schema = buildSchema(printedSchema());
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const names = roots.flatMap((type) => Object.keys(type?.getFields() ?? {}));
  expect(names.filter((name) => !new RegExp(`^  ${name}\\b`, 'm').test(page))).toEqual([]);
});
