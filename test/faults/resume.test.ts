import { type Client, createClient } from 'graphql-ws';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { writeAppFolder } from '../support/app-folder.ts';
import { freePorts } from '../support/free-ports.ts';
import { program } from '../support/programs.ts';
import { appIn, ask, bearerOf, makeDataDir, type ServeProcess, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

const KILLS = 3;

interface Payload {
  readonly __typename: string;
  readonly cursor: string;
}
interface LogPayload extends Payload {
  readonly entries?: readonly { readonly cursor: string; readonly text: string }[];
}
interface EventPayload extends Payload {
  readonly events?: readonly { readonly id: string; readonly cursor: string }[];
}

/**
 * Follows a stream over connections that break: the next one goes on after the last cursor that this one told.
 * It ends with the test.
 */
function follow<P extends Payload>(urlNow: () => string, query: string, take: (payload: P) => void): void {
  let after: string | null = null;
  let ended = false;
  let client: Client | null = null;
  async function run(): Promise<void> {
    while (!ended) {
      client = createClient({
        url: `${urlNow().replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: () => bearerOf(urlNow()),
        retryAttempts: 0,
      });
      try {
        for await (const { data } of client.iterate<{ stream: P }>({ query, variables: { after } })) {
          if (!data) continue;
          take(data.stream);
          after = data.stream.cursor ?? after;
        }
      } catch {
        // The server is gone: the next one is tried until it is there.
        await until(
          async () =>
            ended || (await fetch(new URL('/healthz', urlNow()), { headers: { connection: 'close' } })).ok,
          'a server is there again',
          30_000,
        ).catch(() => {});
      }
    }
  }
  const done = run();
  onTestFinished(async () => {
    ended = true;
    await client?.dispose();
    await done;
  });
}

test('kill -9 of the server, again and again: who follows lines and events misses none and gets none twice', {
  timeout: 120_000,
}, async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'counter', { script: program('count', 10, 5), toes: { port: false } });
  await writeAppFolder(appsDir, 'crashing', { script: 'sleep 0.1; exit 1' });
  const [port = ''] = (await freePorts(1)).split('-');
  const env = { PORT: port, TOEHOLD_PORTS: await freePorts(5), TOEHOLD_RESTART_DELAYS: '50ms' };
  const start = async (): Promise<ServeProcess> => serve({ dataDir: path, env });
  let server = await start();
  const url = await server.ready();
  const first = await appIn(url, 'counter', 'RUNNING');

  const lines: string[] = [];
  const cursors = new Set<string>();
  const twice: string[] = [];
  const gaps: Payload[] = [];
  follow<LogPayload>(
    () => url,
    `subscription ($after: Cursor) { stream: logs(apps: [{ name: "counter" }], after: $after, last: 1000) {
      __typename
      ... on LogBatch { cursor entries { cursor text } }
      ... on StreamHeartbeat { cursor }
      ... on StreamGap { cursor: resumeAt reason }
    } }`,
    (payload) => {
      if (payload.__typename === 'StreamGap') gaps.push(payload);
      for (const { cursor, text } of payload.entries ?? []) {
        if (cursors.has(cursor)) twice.push(text);
        cursors.add(cursor);
        if (text.startsWith('line ')) lines.push(text);
      }
    },
  );
  const events: string[] = [];
  follow<EventPayload>(
    () => url,
    `subscription ($after: Cursor) { stream: events(after: $after) {
      __typename
      ... on EventBatch { cursor events { id cursor } }
      ... on StreamHeartbeat { cursor }
      ... on StreamGap { cursor: resumeAt reason }
    } }`,
    (payload) => {
      if (payload.__typename === 'StreamGap') gaps.push(payload);
      events.push(...(payload.events ?? []).map(({ id }) => id));
    },
  );

  for (let kill = 0; kill < KILLS; kill += 1) {
    const [toldLines, toldEvents] = [lines.length, events.length];
    await until(() => lines.length > toldLines && events.length > toldEvents, 'both streams move', 30_000);
    server.child.kill('SIGKILL');
    await server.ended;
    server = await start();
    await server.ready();
  }
  const [toldLines, toldEvents] = [lines.length, events.length];
  await until(() => lines.length > toldLines + 100 && events.length > toldEvents, 'both move on', 30_000);

  const { run } = await appIn(url, 'counter', 'RUNNING');
  expect([run?.id, run?.pid, run?.recoveries]).toEqual([first.run?.id, first.run?.pid, KILLS]);
  expect(gaps).toEqual([]);
  expect(twice).toEqual([]);
  const begin = Number(lines[0]?.split(' ')[1]);
  expect(lines).toEqual(lines.map((_, index) => `line ${begin + index}`));

  await ask(url, 'mutation { stopApp(input: { app: { name: "crashing" }, wait: true }) { __typename } }');
  const { data } = await ask<{ events: { nodes: { id: string }[] } }>(
    url,
    '{ events(last: 1000) { nodes { id } } }',
  );
  const journal = data.events.nodes.map(({ id }) => id);
  const since = journal.indexOf(events[0] ?? '');
  expect(since).toBeGreaterThanOrEqual(0);
  await until(() => events.length >= journal.length - since, 'the last event is told');
  expect(events.slice(0, journal.length - since)).toEqual(journal.slice(since));
  server.child.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});
