import { type IncomingHttpHeaders, request } from 'node:http';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { createServer, type Server, type ServerOptions } from '../../src/server/index.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { until } from '../support/until.ts';

/** An additional server for a control plane. */
export interface Front {
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  /** A token of ADMIN. */
  readonly token: string;
}

/** Starts another server, with other options, for the control plane. It ends with the test. */
export async function serveAlso(plane: ControlPlane, options: Partial<ServerOptions> = {}): Promise<Front> {
  const log = {
    info() {},
    warn() {},
    error: (data: object, message: string) => console.error(message, data),
  };
  const server = createServer({
    ...{ host: '127.0.0.1', port: 0, clock: createSystemClock(), log, version: '0.0.0', instance: 'also' },
    auth: true,
    ...options,
  });
  onTestFinished(() => server.close());
  const bound = await server.listen();
  if (!bound.ok) throw new Error(bound.message);
  const { events, logs, access, audit, durability } = plane;
  const { supervisor, readiness } = plane.control;
  server.serve({ supervisor, readiness, events, logs, access, audit, durability });
  return { server, url: bound.url, port: bound.port, token: plane.token };
}

export interface RawRequest {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a request with any headers. `fetch` does not allow `Host` and `Origin`. */
export function ask({ port }: { readonly port: number }, what: RawRequest = {}): Promise<RawAnswer> {
  const { path = '/graphql', method = 'GET', headers = {}, body } = what;
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, agent: false, headers });
    call.once('error', reject);
    call.once('response', async (response) => {
      const text = (await response.toArray()).join('');
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    call.end(body);
  });
}

/** A query as scripts send it, with a token if one is given. */
export function queryBy(token: string | null, query: string): RawRequest {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (token !== null) headers.Authorization = `Bearer ${token}`;
  return { method: 'POST', headers, body: JSON.stringify({ query }) };
}

/** The code of the first error of a response. */
export function codeOf({ text }: RawAnswer): unknown {
  const { errors } = JSON.parse(text) as { errors?: readonly { extensions?: { code?: unknown } }[] };
  return errors?.[0]?.extensions?.code;
}

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A WebSocket, and the messages that it received. It ends with the test. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly messages: Message[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(message: Message): void;
  /** Authenticates, and resolves when the server has acknowledged. */
  init(token: string): Promise<void>;
  /** Resolves when the server has acknowledged. */
  readonly acknowledged: () => Promise<unknown>;
  subscribe(id: string, query: string): void;
  /** The first message about an operation. */
  answerTo(id: string): Promise<Message>;
}

/** Resolves when the socket is open. @throws Error with the status if the server refuses */
export async function openSocket(
  { url }: { readonly url: string },
  headers: Record<string, string> = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
  onTestFinished(() => socket.terminate());
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  await new Promise((resolve, reject) => socket.once('open', resolve).on('error', reject));
  const send = (message: Message) => socket.send(JSON.stringify(message));
  const acknowledged = () =>
    until(() => messages.some(({ type }) => type === 'connection_ack'), 'the server acknowledges');
  return {
    ...{ socket, messages, closed, send, acknowledged },
    async init(token) {
      send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
      await acknowledged();
    },
    subscribe: (id, query) => send({ id, type: 'subscribe', payload: { query } }),
    answerTo: (id) => until(() => messages.find((message) => message.id === id), `${id} is answered`),
  };
}
