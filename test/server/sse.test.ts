import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { createClient } from 'graphql-sse';
import { expect, it } from 'vitest';
import { EventStream } from '../../src/server/streams/event-stream.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { watchServerSockets } from '../support/server-sockets.ts';
import { until } from '../support/until.ts';

const LINES = 'subscription { logs(last: 0) { __typename ... on LogBatch { lines } } }';

const bearer = ({ token }: ControlPlane) => ({ Authorization: `Bearer ${token}` });

function sse(plane: ControlPlane) {
  return createClient({ url: `${plane.url}/graphql`, headers: bearer(plane), retryAttempts: 0 });
}

function open(plane: ControlPlane, query: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${plane.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream', ...bearer(plane) },
    body: JSON.stringify({ query }),
    ...(signal && { signal }),
  });
}

it('a stream over Server-Sent Events begins immediately, continues, and ends with its client', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const results = sse(plane).iterate<{ logs: { __typename: string; lines?: string[] } }>({ query: LINES });
  expect((await results.next()).value).toEqual({ data: { logs: { __typename: 'StreamHeartbeat' } } });
  plane.print('alpha', ['hello']);
  expect((await results.next()).value).toEqual({
    data: { logs: { __typename: 'LogBatch', lines: ['hello'] } },
  });
  expect(plane.streams()).toBe(1);
  await results.return?.();
  await until(() => plane.streams() === 0, 'the stream is gone');
});

it('an EventSource can read it by GET', async () => {
  const plane = await startControlPlane();
  const gone = new AbortController();
  const response = await fetch(`${plane.url}/graphql?query=${encodeURIComponent(LINES)}`, {
    headers: { Accept: 'text/event-stream', ...bearer(plane) },
    signal: gone.signal,
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  // Otherwise nginx buffers the stream.
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('StreamHeartbeat')) text += (await reader?.read())?.value ?? '';
  expect(text).toContain('event: next');
  gone.abort();
  await until(() => plane.streams() === 0, 'the stream is gone');
});

it('an error at the beginning has its code', async () => {
  const plane = await startControlPlane();
  const results = sse(plane).iterate({ query: 'subscription { events(after: "x") { __typename } }' });
  expect(JSON.stringify((await results.next()).value)).toContain('BAD_CURSOR');
});

it('a read that fails ends its stream with an error, and nothing else', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const response = await open(plane, LINES);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('StreamHeartbeat')) text += (await reader?.read())?.value ?? '';
  plane.interpose.follow = async () => {
    throw new Error('EMFILE');
  };
  plane.print('alpha', ['lost']);
  for (let done = false; !done; ) {
    const read = await reader?.read();
    done = read?.done !== false;
    text += read?.value ?? '';
  }
  expect(text).toMatch(/INTERNAL_SERVER_ERROR.*\n\nevent: complete/);
  await until(() => plane.streams() === 0, 'the stream is gone');
  expect(plane.problems.splice(0)).not.toEqual([]);
  expect((await plane.query('{ viewer { name } }')).status).toBe(200);
});

it('results that fail close the response, and an error without a listener ends nothing', async () => {
  const results = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('EMFILE')) }),
  };
  const response = new PassThrough();
  const stream = new EventStream(results, response as unknown as ServerResponse);
  stream.pipe(response);
  await once(response, 'close');
  expect(stream.destroyed).toBe(true);
});

it('a client that leaves while its stream begins leaves nothing behind', async () => {
  const ended: string[] = [];
  const results = {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => new Promise<never>(() => {}),
    async return() {
      ended.push('results');
      return { done: true as const, value: undefined };
    },
  };
  const response = Object.assign(new EventEmitter(), { closed: true }) as unknown as ServerResponse;
  const stream = new EventStream(results, response);
  expect([stream.destroyed, ended]).toEqual([true, ['results']]);
});

it('200 clients connect and disconnect, waiting or not, and leave nothing behind', async () => {
  const plane = await startControlPlane();
  const gone = new AbortController();
  const responses = await Promise.all(Array.from({ length: 200 }, () => open(plane, LINES, gone.signal)));
  await until(() => plane.streams() === 200, 'all of them listen');
  expect(responses.every(({ status }) => status === 200)).toBe(true);
  gone.abort();
  await until(() => plane.streams() === 0, 'all of them are gone');
});

it('a stalled client costs at most two pages, and its stream ends with it', async () => {
  const sockets = watchServerSockets();
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  let reads = 0;
  let underWay = 0;
  plane.interpose.follow = async (query, after, limit) => {
    reads += 1;
    underWay += 1;
    try {
      return await plane.realLogs.follow(query, after, limit);
    } finally {
      underWay -= 1;
    }
  };
  const gone = new AbortController();
  // Its body is never read. The reference stays, because newer versions of fetch close unreferenced responses.
  const response = await open(plane, LINES, gone.signal);
  const lines = Array.from({ length: 60_000 }, (_, n) => `line ${n} `.padEnd(1_000, '.'));
  plane.print('alpha', lines);
  await sockets.stalled(plane.port, () => underWay);
  expect(response.bodyUsed).toBe(false);
  expect(reads).toBeGreaterThan(1);
  expect(reads).toBeLessThan(lines.length / 1_000);
  gone.abort();
  await until(() => plane.streams() === 0, 'its stream is gone');
});
