import { getEventListeners, once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, type ToeholdClient } from '../../client/index.ts';
import { until } from '../support/until.ts';

/** A client and its sockets. It is closed at the end of the test. */
export interface Observed {
  readonly toehold: ToeholdClient;
  readonly sockets: readonly WebSocket[];
  /** Resolves when no socket is left. */
  allClosed(): Promise<unknown>;
}

export function observe(url: string, token?: string): Observed {
  const sockets: WebSocket[] = [];
  const toehold = connect({
    url,
    ...(token === undefined ? {} : { token }),
    webSocket: class extends WebSocket {
      constructor(url: string, protocols: string) {
        super(url, protocols);
        sockets.push(this);
      }
    },
  });
  onTestFinished(() => toehold.close());
  const allClosed = () =>
    until(() => sockets.every(({ readyState }) => readyState === WebSocket.CLOSED), 'all sockets are closed');
  return { toehold, sockets, allClosed };
}

/** Reads a stream into an array. */
export interface Gathered<Item> {
  readonly items: readonly Item[];
  /** Resolves when the iteration ends. Rejects with what it threw. */
  readonly done: Promise<void>;
  /** Resolves when an item fits. */
  has(fits: (item: Item) => boolean): Promise<unknown>;
}

export function gather<Item>(iterable: AsyncIterable<Item>): Gathered<Item> {
  const items: Item[] = [];
  const done = (async () => {
    for await (const item of iterable) items.push(item);
  })();
  // A test that reads it gets the failure. Without this, the others would get a warning.
  done.catch(() => {});
  return { items, done, has: (fits) => until(() => items.some(fits), 'an item fits') };
}

/** A server that accepts connections and never answers. @returns how many are open */
export async function blackHole(): Promise<{ readonly url: string; readonly open: ReadonlySet<Socket> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, open };
}

/** A subscription on the server's side. */
export interface Subscribed {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly socket: WebSocket;
  /** Sends `logs` as the next payload. */
  logs(payload: object): void;
  complete(): void;
}

/** Speaks graphql-transport-ws with a client; the test does the rest. It answers HTTP normally. */
export async function scripted(subscribed: (subscription: Subscribed, nth: number) => void): Promise<string> {
  const http = createHttpServer((_request, response) => response.end('{"data":{"__typename":"Query"}}'));
  const sockets = new WebSocketServer({ server: http, handleProtocols: () => 'graphql-transport-ws' });
  let count = 0;
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { type, id, payload } = JSON.parse(String(data));
      const send = (message: object) => socket.send(JSON.stringify(message));
      if (type === 'connection_init') send({ type: 'connection_ack' });
      if (type !== 'subscribe') return;
      const { variables } = payload;
      subscribed(
        {
          ...{ variables, socket },
          logs: (logs) => send({ type: 'next', id, payload: { data: { logs } } }),
          complete: () => send({ type: 'complete', id }),
        },
        count++,
      );
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** A batch with one line. */
export function batch(number: number): object {
  return {
    ...{ __typename: 'LogBatch', cursor: `batch ${number}`, live: true },
    entries: [{ cursor: `line ${number}`, text: `line ${number}` }],
  };
}

/** The texts of the lines among items. */
export function texts(items: readonly { readonly kind: string }[]): string[] {
  return items.flatMap((item) => ('text' in item ? String(item.text) : []));
}

/** Checks that the signal has no listener left. */
export function expectLetGo(signal: AbortSignal): void {
  expect(getEventListeners(signal, 'abort')).toEqual([]);
}
