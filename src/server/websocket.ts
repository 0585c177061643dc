import { setMaxListeners } from 'node:events';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Identity } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import { reasonOf } from '../core/errors.ts';
import type { Credentials } from './auth.ts';
import { ConnectionSlots } from './connection-slots.ts';
import { GRAPHQL_PATH } from './graphql.ts';
import type { Guard } from './guards.ts';
import type { Refusal } from './replies.ts';
import { isNestedTooDeep } from './request-limits.ts';
import type { Answering } from './routes.ts';
import { Drained, WebSocketOutput } from './streams/websocket-output.ts';
import { admit, perform, type SocketState } from './websocket-operations.ts';
import { answerPings, closeSocket, keepAlive, send } from './websocket-sending.ts';

/** The largest message of a client, in bytes. */
const MAX_MESSAGE = 1_000_000;
/** How much a client can send before it is authenticated, in bytes: a thousand clients could fill the memory. */
const MAX_UNAUTHENTICATED = 16_384;
/** How many frames one message can have. They are read in one turn. */
const MOST_FRAMES = 1_000;
/** How many unauthenticated sockets one network can have. */
const MOST_OF_NETWORK = 100;
/** How long a client can take to authenticate, in milliseconds. */
const INIT_TIMEOUT = 3_000;

const SOCKET_OPTIONS = {
  maxPayload: MAX_MESSAGE,
  perMessageDeflate: false,
  maxFragments: MOST_FRAMES,
  // One message or ping of a socket per turn of the event loop, so that other sockets are served in between.
  allowSynchronousEvents: false,
  // Pongs that the client does not read would accumulate.
  autoPong: false,
  // How long a client that violated the protocol can take to close, in milliseconds.
  closeTimeout: 1_000,
};

interface WebSocketOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly guard: Guard;
  /** How many sockets can be open at a time. */
  readonly most: number;
  /** Null until the server can answer. */
  readonly answering: () => Pick<Answering, 'graphql' | 'authenticator' | 'rates'> | null;
}

export interface WebSockets {
  /** Upgrades an HTTP request to a WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every socket with 1001, after which clients reconnect. */
  close(): Promise<void>;
}

interface Extra extends SocketState {
  readonly socket: WebSocket;
  /** What the socket writes to. */
  readonly connection: Duplex;
  readonly drained: Drained;
}

/** graphql-transport-ws on the path of GraphQL. */
export function createWebSockets(options: WebSocketOptions): WebSockets {
  const { clock, log, guard, most, answering } = options;
  let closing = false;
  const sockets = new WebSocketServer({ ...SOCKET_OPTIONS, noServer: true, handleProtocols });
  const slots = new ConnectionSlots<WebSocket>({
    most,
    mostOfNetwork: MOST_OF_NETWORK,
    end: (socket) => socket.terminate(),
  });
  const protocol = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: INIT_TIMEOUT,
    execute: (args) => perform('execute', args),
    subscribe: (args) => perform('subscribe', args),
    async onConnect({ extra, connectionParams }) {
      const identified = await answering()?.authenticator.identify(
        extra.request,
        credentialsOf(extra.request, connectionParams),
      );
      if (!identified?.ok) return false;
      extra.viewer = identified.viewer;
      slots.authenticate(extra.socket);
      endWith(identified.viewer, extra.socket);
      return true;
    },
    onSubscribe({ extra, subscriptions }, id, payload) {
      const target = { output: new WebSocketOutput(extra.socket, extra.connection, extra.drained, id) };
      return admit(answering(), extra, Object.keys(subscriptions).length, payload, target);
    },
  });

  function problemOf(request: IncomingMessage): Refusal | null {
    const [path] = (request.url ?? '').split('?');
    if (path !== GRAPHQL_PATH)
      return { status: 404, code: 'NOT_FOUND', message: `WebSockets are accepted at ${GRAPHQL_PATH}` };
    if (closing) return { status: 503, code: 'NOT_READY', message: 'The server is shutting down' };
    if (!answering()) return { status: 503, code: 'NOT_READY', message: 'The server is starting' };
    if (!slots.available) {
      const message = `All ${most} slots for WebSockets are in use: try again when one has closed`;
      return { status: 503, code: 'TOO_MANY_CONNECTIONS', message };
    }
    return null;
  }

  function attend(socket: WebSocket, connection: Duplex, request: IncomingMessage): void {
    // ws closes a socket after an error or an invalid frame.
    socket.on('error', (err) => log.info({ reason: reasonOf(err) }, 'A WebSocket failed'));
    slots.acquire(socket, request.socket.remoteAddress, clock.monotonic());
    answerPings(socket);
    const stopPinging = keepAlive(socket);
    // What groups have written has no callback that would do this: see `send`.
    connection.on('drain', () => {
      if (socket.isPaused) socket.resume();
    });
    const gone = new AbortController();
    // It has a listener for each stream.
    setMaxListeners(0, gone.signal);
    const drained = new Drained(connection);
    const extra: Extra = {
      request,
      socket,
      connection,
      drained,
      gone: gone.signal,
      viewer: null,
      executing: 0,
      heard: 0,
    };
    limitUnauthenticated(extra);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code = CloseCode.InternalServerError, reason = '') => void closeSocket(socket, code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            const text = String(data);
            if (isNestedTooDeep(text))
              return void closeSocket(socket, CloseCode.BadRequest, 'The message is nested too deep');
            extra.heard = text.length;
            handle(text).catch((err: unknown) => {
              if (isNotForServers(err))
                return void closeSocket(socket, CloseCode.BadRequest, 'Only servers send this message');
              log.error({ err }, 'A WebSocket message could not be handled');
              void closeSocket(socket, CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      stopPinging();
      slots.release(socket);
      gone.abort();
      void closed(code, String(reason));
    });
  }

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      const refusal = guard(request) ?? problemOf(request);
      if (refusal) return refuse(socket, refusal);
      sockets.handleUpgrade(request, socket, head, (accepted) => attend(accepted, socket, request));
    },
    async close() {
      // A connection that is already open can still request an upgrade, which must be refused from now on.
      closing = true;
      const open = [...sockets.clients];
      await Promise.all(open.map((socket) => closeSocket(socket, 1001, 'The server is shutting down')));
    },
  };
}

/** The credentials of a socket: in the parameters of its first message, as browsers must; else in headers. */
function credentialsOf({ headers }: IncomingMessage, params: Record<string, unknown> = {}): Credentials {
  const { authorization = params.Authorization, dpop = params.DPoP } = params;
  return { authorization: authorization ?? headers.authorization, proof: dpop ?? headers.dpop };
}

/** Closes the socket when its token ends, before its streams complete. */
function endWith({ ended }: Identity, socket: WebSocket): void {
  const close = () => void closeSocket(socket, CloseCode.Forbidden, 'The token was revoked or has ended');
  if (ended.aborted) return close();
  ended.addEventListener('abort', close, { once: true });
  socket.once('close', () => ended.removeEventListener('abort', close));
}

/** Whether a client sent a message type that only servers send: graphql-ws throws a plain error for it. */
function isNotForServers(error: unknown): boolean {
  return error instanceof Error && /^Unexpected message of type \w+ received$/.test(error.message);
}

/** Closes a socket that sends too much before it is authenticated. */
function limitUnauthenticated(extra: Extra): void {
  const connection = extra.request.socket;
  let received = 0;
  const count = (chunk: Buffer) => {
    received += chunk.length;
    if (extra.viewer) connection.off('data', count);
    else if (received > MAX_UNAUTHENTICATED) extra.socket.terminate();
  };
  connection.on('data', count);
}

function refuse(socket: Duplex, { status, code, message }: Refusal): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
