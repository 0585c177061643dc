import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { createClient } from 'graphql-ws';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { program } from '../support/programs.ts';
import { bearerOf } from '../support/serve.ts';
import { isRunning, makePlane, type Plane } from './plane.ts';
import { exitOf, killGroup, runOf } from './processes.ts';

interface Payload {
  readonly __typename: string;
  readonly reason?: string;
  readonly resumeAt?: string;
  readonly cursor?: string;
  readonly entries?: readonly { readonly cursor: string; readonly text: string }[];
  readonly events?: readonly { readonly cursor: string }[];
}

const GAP = '__typename ... on StreamGap { reason resumeAt } ... on StreamHeartbeat { cursor }';
const LOGS = `subscription ($after: Cursor) {
  stream: logs(after: $after) { ${GAP} ... on LogBatch { cursor entries { cursor text } } }
}`;
const EVENTS = `subscription ($after: Cursor) {
  stream: events(after: $after) { ${GAP} ... on EventBatch { cursor events { cursor } } }
}`;

/** A stream behind a cursor; each call answers its next payload. */
function stream(plane: Plane, query: string, after: string): () => Promise<Payload> {
  const client = createClient({
    url: `${plane.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: bearerOf(plane.url),
    retryAttempts: 0,
  });
  onTestFinished(() => client.dispose());
  const results = client.iterate<{ stream: Payload }>({ query, variables: { after } });
  return async () => {
    const { value } = await results.next();
    if (!value?.data) throw new Error(JSON.stringify(value));
    return value.data.stream;
  };
}

/** Reads on until a payload has what is looked for; answers all cursors of that way. */
async function cursorsUntil(
  next: () => Promise<Payload>,
  found: (payload: Payload) => unknown,
): Promise<string[]> {
  const cursors: string[] = [];
  for (;;) {
    const payload = await next();
    for (const { cursor } of [...(payload.entries ?? []), ...(payload.events ?? [])]) cursors.push(cursor);
    if (found(payload)) return cursors;
  }
}

async function eventCursors(plane: Plane): Promise<string[]> {
  const { events } = await plane.ask<{ events: { nodes: { cursor: string }[] } }>(
    '{ events(last: 1000) { nodes { cursor } } }',
  );
  return events.nodes.map(({ cursor }) => cursor);
}

test('B-3: what a power cut took from the journals is told as a gap, and no place in them is ever given twice', async () => {
  const plane = await makePlane({ TOEHOLD_RESTART_DELAYS: '1h' });
  const file = join(plane.dataDir, '.toehold/toehold.db');
  await plane.addApp('web', { script: program('serve') });
  await plane.start();
  const { url, run } = await plane.appThat('web', 'runs', isRunning);
  await fetch(`${url}/print?text=kept`);
  const keptLine = (await plane.waitForLine('web', 'kept')).at(-1)?.cursor ?? '';
  const keptEvents = await eventCursors(plane);
  // What the disk has of the database: nothing of what follows was synced.
  const disk = new SQLite(file, { readonly: true });
  await disk.backup(join(plane.dataDir, 'on-the-disk.db'));
  disk.close();

  await fetch(`${url}/print?text=lost`);
  await fetch(`${url}/exit/3`).catch(() => null);
  const lostLines = (await plane.waitForLine('web', 'Exited with code 3')).map(({ cursor }) => cursor);
  await plane.appThat('web', 'waits', ({ state }) => state === 'BACKOFF');
  const lostEvents = (await eventCursors(plane)).slice(keptEvents.length);
  expect(lostEvents.length).toBeGreaterThan(1);
  await plane.kill();
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  copyFileSync(join(plane.dataDir, 'on-the-disk.db'), file);
  await plane.start();
  expect(exitOf(await plane.app('web'), run)).toMatchObject({ code: 3 });

  const nextEvents = stream(plane, EVENTS, lostEvents.at(-1) ?? '');
  const nextLines = stream(plane, LOGS, lostLines.at(-1) ?? '');
  expect(await nextEvents()).toMatchObject({ __typename: 'StreamGap', reason: 'JOURNAL_RESET' });
  expect(await nextLines()).toMatchObject({ __typename: 'StreamGap', reason: 'JOURNAL_RESET' });
  // Cursors that were kept are as good as before.
  const keptOn = stream(plane, EVENTS, keptEvents.at(-1) ?? '');
  expect(await keptOn()).toMatchObject({ __typename: 'EventBatch' });
  const linesOn = stream(plane, LOGS, keptLine);
  expect((await linesOn()).entries?.[0]?.text).toBe('lost');

  // As many rows anew as were lost, and more: none has the place of one that was lost.
  await plane.command('startApp', 'web', ', wait: true');
  await plane.command('stopApp', 'web', ', wait: true');
  const newEvents = await eventCursors(plane);
  expect(newEvents.slice(0, keptEvents.length)).toEqual(keptEvents);
  expect(newEvents.length).toBeGreaterThan(keptEvents.length + lostEvents.length);
  expect(newEvents.filter((cursor) => lostEvents.includes(cursor))).toEqual([]);
  const newLines = await cursorsUntil(linesOn, ({ entries }) =>
    entries?.some(({ text }) => text === 'Stopped'),
  );
  const kept = lostLines.indexOf(keptLine) + 1;
  expect(newLines.filter((cursor) => lostLines.slice(kept).includes(cursor))).toEqual([]);
});

test('B-3: a cursor of a database that is gone is told as a gap', async () => {
  const plane = await makePlane();
  const directory = join(plane.dataDir, '.toehold');
  await plane.addApp('web', { script: program('serve') });
  await plane.start();
  const run = await runOf(plane, 'web');
  const line = (await plane.waitForLine('web', `listening on ${(await plane.app('web')).port?.port}`)).at(-1);
  const event = (await eventCursors(plane)).at(-1);
  await plane.kill();
  await killGroup(plane, run);
  rmSync(directory, { recursive: true });
  await plane.start();
  await plane.appThat('web', 'runs', isRunning);
  const first = await stream(plane, EVENTS, event ?? '')();
  expect(first).toMatchObject({ __typename: 'StreamGap', reason: 'JOURNAL_RESET' });
  expect(await stream(plane, LOGS, line?.cursor ?? '')()).toMatchObject({ reason: 'JOURNAL_RESET' });
});
