import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { LogsPageDocument, ToeholdError } from '../../client/index.ts';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { sharedServer, startServer } from '../support/whole-server.ts';
import { expectLetGo, gather, observe } from './support.ts';

const LINES = 30_000;
const WORKER = { port: false };

const server = sharedServer({ bystander: false, env: { TOEHOLD_LOG_RETENTION: '64MB' } });
const observed = () => observe(server().url, server().token);
const quiet = { apps: [{ name: 'quiet' }] };

beforeAll(async () => {
  await server().addApp('quiet', { script: 'echo hello; echo again; sleep 1000', toes: WORKER });
  await server().waitForLine('quiet', 'again');
});

describe('lines', () => {
  test('yields earlier and new lines, each with its cursor', async () => {
    const { toehold, allClosed } = observed();
    const first = [];
    for await (const item of toehold.follow.logs({ ...quiet, filter: { streams: ['STDOUT'] } })) {
      first.push(item);
      if (first.length === 2) break;
    }
    expect(first).toMatchObject([
      { kind: 'line', text: 'hello', stream: 'STDOUT', app: { name: 'quiet' } },
      { kind: 'line', text: 'again', live: true },
    ]);
    await allClosed();
    const [{ cursor } = { cursor: undefined }] = first.filter((item) => 'cursor' in item);
    for await (const item of toehold.follow.logs({ ...quiet, after: String(cursor) })) {
      expect(item).toMatchObject({ text: 'again' });
      break;
    }
    for await (const item of toehold.follow.logs({ ...quiet, last: 1 })) {
      expect(item).toMatchObject({ text: 'again' });
      break;
    }
    await allClosed();
  });

  test('a slow reader gets every line once, and few lines are buffered', async () => {
    await server().addApp('chatty', { script: program('print', LINES), toes: WORKER });
    await server().waitForLine('chatty', new RegExp(`^line ${LINES}`));
    const { toehold, sockets, allClosed } = observed();
    const { logs } = await toehold.request(LogsPageDocument, { apps: [{ name: 'chatty' }], first: 1 });
    const lines: string[] = [];
    for await (const item of toehold.follow.logs({
      ...{ apps: [{ name: 'chatty' }], after: logs.nodes[0]?.cursor ?? '', filter: { streams: ['STDOUT'] } },
    })) {
      if (item.kind === 'line') lines.push(item.text.trim());
      // The connection ends while the reader is busy, so nothing more has to be buffered.
      if (lines.length === 1) await until(() => sockets[0]?.readyState === WebSocket.CLOSED, 'it is let go');
      if (lines.length === LINES) break;
    }
    expect(lines).toEqual(Array.from({ length: LINES }, (_, index) => `line ${index + 1}`));
    expect(sockets.length).toBeGreaterThan(1);
    await allClosed();
  });

  test('lines that are no longer kept show as a gap', async () => {
    const small = await startServer({ bystander: false, env: { TOEHOLD_LOG_RETENTION: '1MB' } });
    const directory = await small.addApp('chatty', {
      script: `echo first; until [ -e go ]; do sleep 0.05; done; ${program('print', LINES, 0, 100)}`,
      toes: WORKER,
    });
    await small.waitForLine('chatty', 'first');
    const { toehold } = observe(small.url, small.token);
    const chatty = { apps: [{ name: 'chatty' }], filter: { streams: ['STDOUT' as const] } };
    const oldest = async () =>
      (await toehold.request(LogsPageDocument, { ...chatty, first: 1 })).logs.nodes[0];
    const cursor = (await oldest())?.cursor ?? '';
    await writeFile(join(directory, 'go'), '');
    await small.waitForLine('chatty', new RegExp(`^line ${LINES}`));
    await until(async () => (await oldest())?.text.startsWith('line '), 'the first lines are gone', 20_000);
    const items = [];
    for await (const item of toehold.follow.logs({ ...chatty, after: cursor })) {
      items.push(item);
      if (item.kind === 'line' && item.text.startsWith(`line ${LINES}`)) break;
    }
    expect(items[0]).toMatchObject({ kind: 'gap', reason: 'RETENTION', lostAfter: cursor });
    const numbers = items
      .slice(1)
      .map((item) => (item.kind === 'line' ? Number(item.text.split(' ')[1]) : item));
    expect(numbers).toEqual(numbers.map((_, index) => LINES - numbers.length + 1 + index));
  });

  test('all streams share one socket, which closes with the last', async () => {
    const { toehold, sockets, allClosed } = observed();
    const stop = new AbortController();
    const { signal } = stop;
    const logs = gather(toehold.follow.logs({ ...quiet, signal }));
    const events = gather(toehold.follow.events({ apps: [{ name: 'quiet' }], signal }));
    const own = gather(
      toehold.subscribe<{ events: object }>('subscription { events { __typename } }', undefined, { signal }),
    );
    await Promise.all([logs.has(() => true), own.has(() => true)]);
    await server().ask(
      'mutation { setAppIcon(input: { app: { name: "quiet" }, icon: "🐙" }) { __typename } }',
    );
    await events.has((item) => item.kind === 'event' && item.__typename === 'AppUpdatedEvent');
    expect(sockets).toHaveLength(1);
    stop.abort();
    await Promise.all([logs.done, events.done, own.done]);
    await allClosed();
    expectLetGo(signal);
  });
});

describe('ends with a failure for which another attempt would not help', () => {
  const codeOf = (done: Promise<unknown>) =>
    done.then(
      () => 'it has just ended',
      (error: unknown) => (error instanceof ToeholdError ? error.code : error),
    );

  test.each([
    ['a cursor that is none', { after: 'nonsense' }, 'BAD_CURSOR'],
    ['an app that is not there', { apps: [{ name: 'nobody' }] }, 'APP_NOT_FOUND'],
  ])('%s', async (_what, options, code) => {
    const { toehold, allClosed } = observed();
    expect(await codeOf(gather(toehold.follow.logs(options)).done)).toBe(code);
    expect(await codeOf(gather(toehold.follow.events(options)).done)).toBe(code);
    await allClosed();
  });

  test.each([undefined, 'toe_0000000000_nobody'])('the token %s', async (token) => {
    const { toehold, allClosed } = observe(server().url, token);
    expect(await codeOf(gather(toehold.follow.logs()).done)).toBe('UNAUTHENTICATED');
    expect(await codeOf(gather(toehold.subscribe('subscription { events { __typename } }')).done)).toBe(
      'UNAUTHENTICATED',
    );
    await allClosed();
  });

  test('a token that is revoked, while it follows or is away', async () => {
    const { createToken } = await server().ask<{ createToken: { text: string; token: { id: string } } }>(
      `mutation { createToken(input: { name: "t-${randomUUID().slice(0, 8)}", role: VIEWER }) {
        ... on CreateTokenSuccess { text token { id } }
      } }`,
    );
    const { toehold, allClosed } = observe(server().url, createToken.text);
    const logs = gather(toehold.follow.logs(quiet));
    const events = gather(toehold.follow.events());
    const own = gather(toehold.subscribe('subscription { events { __typename } }'));
    await Promise.all([logs.has(() => true), own.has(() => true)]);
    await server().ask('mutation ($id: ID!) { revokeToken(input: { id: $id }) { __typename } }', {
      id: createToken.token.id,
    });
    expect(await Promise.all([logs, events, own].map(({ done }) => codeOf(done)))).toEqual([
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ]);
    await allClosed();
  });

  test('without a server it tries again, and yields a status only on request', async () => {
    const { toehold } = observe('http://127.0.0.1:9');
    const stop = new AbortController();
    const told = gather(toehold.follow.logs({ status: true, signal: stop.signal }));
    const untold = gather(toehold.follow.events({ signal: stop.signal }));
    await until(() => told.items.length === 3, 'it is away three times');
    expect(told.items).toMatchObject(
      [1, 2, 3].map((attempt) => ({ kind: 'status', state: 'away', attempt })),
    );
    for (const [at, item] of told.items.entries()) {
      if (item.kind !== 'status' || item.state !== 'away') throw new Error('it is not away');
      expect(item.error.code).toBe('UNREACHABLE');
      expect(item.retryIn).toBeGreaterThanOrEqual(Math.max(100, 50 * 2 ** at));
      expect(item.retryIn).toBeLessThanOrEqual(100 * 2 ** at);
    }
    stop.abort();
    await Promise.all([told.done, untold.done]);
    expect(untold.items).toEqual([]);
    expectLetGo(stop.signal);
  });

  test('a subscription ends with its connection', async () => {
    const away = createServer().listen(0, '127.0.0.1');
    await once(away, 'listening');
    const address = away.address();
    away.close();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const { toehold } = observe(url);
    expect(await codeOf(gather(toehold.subscribe('subscription { events { __typename } }')).done)).toBe(
      'UNREACHABLE',
    );
  });
});
