import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { sharedServer, type WholeServer } from '../support/whole-server.ts';

const server = sharedServer({ ports: 20, env: { TOEHOLD_RESTART_DELAYS: '1h' } });
const WORKER = { port: false };

interface Entry {
  readonly cursor: string;
  readonly text: string;
  readonly stream: string;
  readonly truncated: boolean;
  readonly run: { readonly id: string };
}
interface Page {
  readonly app: {
    readonly logs: {
      readonly nodes: readonly Entry[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  };
}

/** Every entry of the app's log, page by page, oldest first. */
async function allEntries({ ask }: WholeServer, name: string, fields: string): Promise<Entry[]> {
  const query = `query ($by: AppRef!, $after: Cursor) {
    app(by: $by) { logs(first: 1000, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }
  }`;
  const entries: Entry[] = [];
  for (let after: string | null = null; ; ) {
    const { app }: Page = await ask<Page>(query, { by: { name }, after });
    for (const node of app.logs.nodes) entries.push(node);
    if (!app.logs.pageInfo.hasNextPage) return entries;
    after = app.logs.pageInfo.endCursor;
  }
}

describe('the log is the file', () => {
  test('the last words of an app that prints 200,000 lines and exits 1 are all there', {
    timeout: 60_000,
  }, async () => {
    const { addApp, waitForApp } = server();
    await addApp('wordy', { script: program('print', 200_000, 1), toes: WORKER });
    await waitForApp('wordy', 'has ended', ({ restart }) => restart !== null);
    const texts = (await allEntries(server(), 'wordy', 'text')).map(({ text }) => text);
    const own = texts.filter((text) => text.startsWith('line '));
    expect(own).toHaveLength(200_000);
    expect(own.every((text, index) => text === `line ${index + 1}`)).toBe(true);
    expect(texts.slice(-2)).toEqual(['Exited with code 1', 'Scheduling restart in 3600s (attempt 1)...']);
  });

  test('a query and a subscription give the same lines the same cursors', async () => {
    const { addApp, waitForApp, webSocket } = server();
    await addApp('twice', { script: `${program('print', 3_000)}; echo oops >&2; exit 1`, toes: WORKER });
    await waitForApp('twice', 'has ended', ({ restart }) => restart !== null);
    const fields = 'cursor text stream truncated run { id }';
    const [first, ...rest] = await allEntries(server(), 'twice', fields);
    const stream = webSocket().iterate<{ logs: { entries?: Entry[]; live?: boolean } }>({
      query: `subscription ($after: Cursor) {
        logs(apps: [{ name: "twice" }], after: $after) { ... on LogBatch { live entries { ${fields} } } }
      }`,
      variables: { after: first?.cursor },
    });
    const told: Entry[] = [];
    for await (const { data } of stream) {
      told.push(...(data?.logs.entries ?? []));
      if (data?.logs.live && told.length >= rest.length) break;
    }
    expect(told).toEqual(rest);
    expect(new Set(told.map(({ cursor }) => cursor)).size).toBe(told.length);
  });

  test('B-26: an earlier run’s lines, and why it crashed, stay: over starts, and another control plane', async () => {
    const { addApp, waitForLine, command, restart, runs } = server();
    await addApp('forgetful', { script: `echo "run of $$"; echo 'Error: why' >&2; exit 9`, toes: WORKER });
    await waitForLine('forgetful', 'Exited with code 9');
    await command('startApp', 'forgetful');
    await restart('detach');
    const entries = await allEntries(server(), 'forgetful', 'text stream run { id }');
    expect(entries.filter(({ text }) => text.startsWith('run of '))).toHaveLength(2);
    expect(entries.filter(({ stream }) => stream === 'STDERR').map(({ text }) => text)).toEqual([
      ...['Error: why', 'Error: why'],
    ]);
    expect(new Set(entries.map(({ run }) => run.id)).size).toBe((await runs('forgetful')).length);
  });

  test('B-25: characters and lines that are written in pieces are whole', async () => {
    const { addApp, waitForLine } = server();
    // € is e2 82 ac, 🐙 is f0 9f 90 99.
    const script =
      "printf 'a \\342'; sleep 0.1; printf '\\202'; sleep 0.1; printf '\\254 \\360\\237'; sleep 0.1; printf '\\220\\231 b\\n'";
    await addApp('pieces', { script, toes: WORKER });
    await waitForLine('pieces', 'a € 🐙 b');
  });
});

describe('what apps may print', () => {
  test('B-25: a line of 10 MB is cut at 16 KiB and says so; what follows is there', {
    timeout: 60_000,
  }, async () => {
    const { addApp, waitForLine, ask } = server();
    await addApp('long', {
      script: `echo first; head -c 10000000 /dev/zero | tr '\\0' x; echo; echo last; exit 1`,
      toes: WORKER,
    });
    const began = performance.now();
    await waitForLine('long', 'Exited with code 1');
    // Nobody else waits meanwhile.
    await ask('{ apps { totalCount } }');
    expect(performance.now() - began).toBeLessThan(20_000);
    const entries = await allEntries(server(), 'long', 'text truncated');
    expect(entries.map(({ text, truncated }) => [text.slice(0, 8), text.length, truncated])).toEqual([
      ['Starting', 11, false],
      ['first', 5, false],
      ['xxxxxxxx', 16 * 1024, true],
      ['last', 4, false],
      ['Exited w', 18, false],
      ['Scheduli', expect.any(Number), false],
    ]);
  });

  test('10 MB without any line end, and no end either, hold nothing up', async () => {
    const { addApp, waitForApp, waitForLine, command } = server();
    await addApp('endless', {
      script: `echo first; head -c 10000000 /dev/zero | tr '\\0' y; exec sleep 1000`,
      toes: WORKER,
    });
    await waitForApp('endless', 'runs', ({ state }) => state === 'RUNNING');
    await waitForLine('endless', /^y{16384}$/);
    await command('stopApp', 'endless');
    const entries = await allEntries(server(), 'endless', 'text truncated');
    expect(entries.filter(({ text }) => text.startsWith('y'))).toEqual([
      { text: 'y'.repeat(16_384), truncated: true },
    ]);
  });

  test('bytes of every kind become text that every client takes', async () => {
    const { addApp, waitForLine, webSocket } = server();
    const script =
      'head -c 300000 /dev/urandom; echo; printf "nul \\000 in it\\n\\033[31mred\\033[0m\\r\\n\\377\\376\\n"; echo done; exit 1';
    await addApp('binary', { script, toes: WORKER });
    const lines = await waitForLine('binary', 'Exited with code 1');
    expect(lines).toContain('nul \0 in it');
    expect(lines).toContain('\u001b[31mred\u001b[0m');
    expect(lines).toContain('\ufffd\ufffd');
    const entries = await allEntries(server(), 'binary', 'cursor text');
    const stream = webSocket().iterate<{ logs: { entries?: Entry[] } }>({
      query:
        'subscription { logs(apps: [{ name: "binary" }], last: 1000) { ... on LogBatch { entries { cursor text } } } }',
    });
    const told: Entry[] = [];
    for await (const { data } of stream) {
      told.push(...(data?.logs.entries ?? []));
      if (told.length >= Math.min(1_000, entries.length)) break;
    }
    expect(told).toEqual(entries.slice(-1_000));
  });

  test('an app that truncates its own output: a gap is told, and what follows is there', async () => {
    const { addApp, lines, webSocket } = server();
    const directory = await addApp('cutter', {
      script:
        'echo before; until [ -e go ]; do sleep 0.02; done; echo cut >/dev/stdout; echo after; exec sleep 1000',
      toes: WORKER,
    });
    const stream = webSocket().iterate<{
      logs: { reason?: string; lines?: string[]; app?: { name: string } };
    }>({
      query:
        'subscription { logs(last: 1000) { ... on LogBatch { lines } ... on StreamGap { reason app { name } } } }',
    });
    const gaps: (string | undefined)[] = [];
    for await (const { data } of stream) {
      if (data?.logs.lines?.includes('before')) await writeFile(join(directory, 'go'), '');
      if (data?.logs.reason) gaps.push(data.logs.reason, data.logs.app?.name);
      if (data?.logs.lines?.includes('after')) break;
    }
    expect(gaps).toEqual(['TRUNCATED_BY_APP', 'cutter']);
    expect(await lines('cutter')).toEqual(expect.arrayContaining(['cut', 'after']));
  });
});

describe('B-27: readers', () => {
  test('thousands of subscriptions, and their clients gone without a word: nothing is left of them', {
    timeout: 60_000,
  }, async () => {
    const { addApp, timers, url, token, waitForLine, ask } = server();
    const authorization = `Bearer ${token}`;
    await addApp('watched', { script: program('count', 1, 1_000), toes: WORKER });
    await waitForLine('watched', /^line/);
    const before = timers();
    // All of them first: while streams begin by the thousand, nobody is let in in time.
    const sockets = await Promise.all(Array.from({ length: 40 }, () => connected(url, authorization)));
    const told = await Promise.all(sockets.map((socket) => subscribed(socket, 50)));
    expect(told.reduce((sum, streams) => sum + streams, 0)).toBe(40 * 50);
    expect(timers()).toBeGreaterThanOrEqual(before + 1_000);
    await ask('{ apps { totalCount } }');
    for (const socket of sockets) socket.terminate();
    await until(() => timers() <= before + 20, 'their timers are gone');
    const metrics = await (
      await fetch(new URL('/metrics', url), { headers: { connection: 'close', authorization } })
    ).text();
    expect(metrics).toMatch(/^\w*(subscriptions|streams)\w*(\{[^}]*\})? 0$/m);
  });
});

/** A raw socket that has been acknowledged. */
async function connected(url: string, authorization: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
  await once(socket, 'message');
  return socket;
}

/** Begins so many streams on one socket; resolves with their number when each has answered. */
function subscribed(socket: WebSocket, streams: number): Promise<number> {
  const answered = new Set<string>();
  return new Promise<number>((resolve, reject) => {
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; id: string };
      if (message.type === 'next') answered.add(message.id);
      if (message.type === 'error') reject(new Error(String(data)));
      if (answered.size === streams) resolve(streams);
    });
    for (let id = 0; id < streams; id += 1) {
      const query =
        id % 2 === 0
          ? 'subscription { logs(last: 1) { __typename ... on LogBatch { lines } } }'
          : 'subscription { events { __typename } }';
      socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }));
    }
  });
}
